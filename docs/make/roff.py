# SPDX-License-Identifier: MIT
"""Manual pages, in the macros man(7)."""

import re

# What troff takes for something else than it is on a keyboard.
ESCAPES = {"\\": r"\e", "-": r"\-", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga", "'": r"\(aq", "…": r"\&..."}


def escape(text):
    text = "".join(ESCAPES.get(c, c) for c in text)
    return r"\&" + text if text.startswith((".", r"\(aq")) else text


def prose(text):
    """Running text: functions, options and constants in bold, hyphens of words as they are."""
    text = escape(text)
    text = re.sub(r"(?<=\w)\\-(?=\w)", "-", text)
    return re.sub(r"\b(pvhboot_\w+)\(\)|((?<![\w-])\\-(?:\\-)?[a-z][\w-]*)|\b(PVHBOOT_\w+[*]?)",
                  lambda m: rf"\fB{m[1]}\fP()" if m[1] else rf"\fB{m[0]}\fP", text)


class Page:
    def __init__(self, name, section, date, version):
        self.name, self.section = name, section
        self.lines = [f'.TH {escape(name)} {section} "{date}" "libpvhboot {version}" "libpvhboot"', ".nh", ".ad l"]

    def heading(self, title):
        self.lines.append(f".SH {title}")

    def subheading(self, title):
        self.lines.append(f'.SS "{escape(title)}"')

    def text(self, text):
        self.lines += [".PP", prose(text)]

    def raw(self, *lines):
        self.lines += lines

    def code(self, text):
        self.lines += [".PP", ".in +4n", ".nf", *(escape(line) for line in text.splitlines()), ".fi", ".in"]

    def term(self, name, text):
        self.lines += [".TP", rf"\fB{escape(name)}\fP", prose(text) or r"\&"]

    def blocks(self, blocks, inside=False):
        """inside: the first block goes on in the line of an item or a term."""
        for number, block in enumerate(blocks):
            if block.kind == "text":
                self.lines += [prose(block.text)] if inside and number == 0 else [".PP", prose(block.text)]
            elif block.kind == "code":
                self.code(block.text)
            else:
                # indented paragraphs inside of one are moved to the right as a whole
                tag = r"\(bu 2" if block.kind == "item" else rf'"\fB{escape(block.text)}\fP" 14n'
                self.lines.append(f".IP {tag}")
                first, rest = block.blocks[:1], block.blocks[1:]
                if first and first[0].kind == "text":
                    self.blocks(first, inside=True)
                else:
                    self.lines.append(r"\&")
                    rest = block.blocks
                if rest:
                    self.lines.append(".RS")
                    self.blocks(rest)
                    self.lines.append(".RE")

    def see_also(self, names):
        self.heading("SEE ALSO")
        self.lines += [f".BR {escape(name)} ({section}){',' if i + 1 < len(names) else ''}"
                       for i, (name, section) in enumerate(names)]

    def write(self, folder):
        needless = [i + 1 for i, line in enumerate(self.lines) if line.startswith((".SH", ".SS"))]
        lines = [line for i, line in enumerate(self.lines) if line != ".PP" or i not in needless]
        (folder / f"{self.name}.{self.section}").write_text("\n".join(lines) + "\n")


def write_alias(folder, alias, name, section):
    (folder / f"{alias}.{section}").write_text(f".so man{section}/{name}.{section}\n")
