# SPDX-License-Identifier: MIT
"""What the public headers declare, with the comment in front of it."""

import re
from dataclasses import dataclass, field

import prose

IGNORED = re.compile(r'#(?:if|ifdef|ifndef|else|elif|endif|include)\b|extern "C"|\}$|$|'
                     r"#define (?:PVHBOOT_\w+_H|PVHBOOT_API|PVHBOOT_CHECKED)\b")
NAME = re.compile(r"\b(pvhboot_\w+)(?:\(|;)")


@dataclass
class Group:
    """Declarations without a blank line or a comment between them."""
    comment: list  # lines
    code: list  # of declarations, each a text
    blocks: list = field(default_factory=list)

    @property
    def exported(self):
        """Names of the functions and objects that the library exports."""
        return [re.search(r"\*?\b(pvhboot_\w+)\s*(?:\(|;)", c)[1] for c in self.code
                if c.startswith(("PVHBOOT_API", "PVHBOOT_CHECKED"))]

    @property
    def inline(self):
        """Names of the functions that the header defines."""
        return [NAME.search(c)[1] for c in self.code if "static inline" in c.split("{")[0]]

    @property
    def prototypes(self):
        """The declarations on one line each, without attributes and comments."""
        bare = (re.sub(r"/\*.*?\*/", "", c.split("\n{")[0]) for c in self.code)
        return [re.sub(r"\s+", " ", re.sub(r"^PVHBOOT_(API|CHECKED) |^(__attribute__\(\(\w+\)\) )?static inline ", "", c)).strip().rstrip(";") + ";"
                for c in bare]


@dataclass
class Header:
    name: str  # "plan.h"
    intro: list  # blocks
    groups: list


def wrapped(code):
    """A prototype in lines of at most 76 columns."""
    head, _, rest = code.partition("(")
    if not rest:
        return [code]
    lines, line = [], head + "("
    for part in re.split(r"(?<=,) ", rest):
        if len(line) + len(part) > 76 and not line.endswith("("):
            lines.append(line.rstrip())
            line = " " * 8
        line += part + " "
    return lines + [line.rstrip()]


def read(path, name):
    lines = path.read_text().splitlines()
    comments, groups, comment, open_group = [], [], [], None
    i = 0
    while i < len(lines):
        start = i
        line = lines[i]
        i += 1
        if line.startswith("/*"):
            while "*/" not in lines[i - 1]:
                i += 1
            comment = prose.comment_lines("\n".join(lines[start:i]))
            comments.append(comment)
            open_group = None
        elif IGNORED.match(line) and not line.startswith("#define PVHBOOT_HAS"):
            if line == "":
                comment, open_group = [], None
        else:
            if line.startswith("#"):
                while lines[i - 1].endswith("\\"):
                    i += 1
            elif line.startswith("static inline"):
                while lines[i - 1] != "}":
                    i += 1
            else:
                text = line
                while text.count("{") != text.count("}") or not re.search(r";\s*(/\*.*)?$", lines[i - 1]):
                    text += lines[i]
                    i += 1
                    if lines[i - 1] == "}":  # a function after all
                        break
                while "/*" in lines[i - 1] and "*/" not in lines[i - 1]:
                    i += 1
            if not open_group:
                open_group = Group(comment, [])
                groups.append(open_group)
            open_group.code.append("\n".join(lines[start:i]))
    merged = []
    for group in groups:
        if (0 < len(group.comment) <= 3 and group.comment[0].startswith("The same ") and merged
                and (group.exported or group.inline)):
            merged[-1].code += group.code
            other = (group.exported + group.inline)[0]
            merged[-1].comment += ["", f"{other}() does t{group.comment[0][1:]}"] + group.comment[1:]
        else:
            merged.append(group)
    for group in merged:
        group.blocks = prose.blocks(group.comment)
    return Header(name, prose.blocks(comments[1]), merged)
