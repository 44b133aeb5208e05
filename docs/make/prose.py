# SPDX-License-Identifier: MIT
"""The text of a comment, as blocks. Four kinds, told by how their lines begin:

    any other       a paragraph
    - this          an item of a list
    NAME  meaning   a term; its lines go on further right
    a tab or blanks code, or a table, as it stands
"""

import re
import textwrap
from dataclasses import dataclass

TERM = re.compile(r"([A-Z][A-Z0-9_]+(?:, [A-Z][A-Z0-9_]+)*)(?: {2,}| (?=a feature))(.*)")


@dataclass
class Block:
    kind: str  # "text", "item", "term" or "code"
    text: str = ""  # of a term: its name
    blocks: list = None  # inside of an item or a term
    after_blank: bool = False  # a blank line stands in front of it


def inner(first, lines):
    """What an item or a term has in it: its first line, and lines that are indented."""
    return blocks([first] + textwrap.dedent("\n".join(lines)).split("\n") if lines else [first])


def blocks(lines):
    found, blank, i = [], False, 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if not line.strip():
            blank = True
            continue
        indented = []
        while i < len(lines) and (lines[i][:1] in (" ", "\t") or not lines[i].strip()):
            if not lines[i].strip() and not (i + 1 < len(lines) and lines[i + 1][:1] in (" ", "\t")):
                break
            if not lines[i].strip() and line[:1] not in (" ", "\t"):
                break
            if lines[i].startswith("\t") and not line.startswith("\t"):
                break
            indented.append(lines[i])
            i += 1
        term = TERM.fullmatch(line)
        if line[0] in " \t":
            block = Block("code", textwrap.dedent("\n".join([line] + indented)).expandtabs())
        elif line.startswith("- "):
            block = Block("item", blocks=inner(line[2:], indented))
        elif term:
            block = Block("term", term[1], inner(term[2], indented))
        else:
            i -= len(indented)
            if found and found[-1].kind == "text" and not blank:
                found[-1].text += " " + line
                continue
            block = Block("text", line)
        block.after_blank = blank
        blank = False
        found.append(block)
    return found


def comment_lines(comment):
    """The lines of a C comment, without what makes it one."""
    lines = [re.sub(r"^ \*(?: |(?=\t)|$)", "", line) for line in comment.splitlines()]
    lines[0] = lines[0].removeprefix("/*").strip()
    lines[-1] = re.sub(r"\s*\*/$", "", lines[-1])
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def first_sentence(found):
    text = found[0].text if found and found[0].kind == "text" else ""
    return re.split(r"[.:;] |[.:]$", text)[0]
