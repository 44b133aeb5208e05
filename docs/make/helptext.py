# SPDX-License-Identifier: MIT
"""What the --help texts of the pvhboot command say, as data.

A text has paragraphs. The first one is the usage, "Usage: pvhboot NAME ARGUMENT...". Lines of the
form "  -s, --long VALUE  what it does" are options, lines that are indented deeper go on with the
one above. A value in small letters is to be typed as it is. Values that are words stand in the
description as "this, that or another".
"""

import re
import subprocess
from dataclasses import dataclass, field

OPTION = re.compile(r" {2,6}(?:-(?P<short>\w), *)?--(?P<long>[\w-]+)(?: (?P<value>\S+))?(?:$| +(?P<text>.*))")
COMMAND = re.compile(r"  (?P<name>[a-z][\w-]*) {2,}(?P<text>.*)")
WORDS = re.compile(r"\b([a-z0-9]+(?:, [a-z0-9]+)*),? or (?:what )?([a-z0-9]+)\b")
DEFAULT = re.compile(r"\b([a-z0-9]+), as without it")


@dataclass
class Option:
    long: str
    short: str = None
    value: str = None  # as the text names it; None: there is none
    text: str = ""
    words: list = field(default_factory=list)  # the values that it takes, where those are words

    @property
    def names(self):
        return ([f"-{self.short}"] if self.short else []) + [f"--{self.long}"]

    @property
    def takes_file(self):
        return bool(self.value) and self.value.startswith("FILE")

    @property
    def summary(self):
        """Up to the end of the first clause."""
        return re.split(r"[;:.] |; or$|\.$", self.text)[0]

    def find_words(self):
        if not self.value or re.search(r"[A-Z]", self.value) is None:
            return [self.value] if self.value else []
        if self.value != "NAME":
            return []
        found = WORDS.search(self.text)
        words = found[1].split(", ") + [found[2]] if found else []
        return words + DEFAULT.findall(self.text)


@dataclass
class Help:
    name: str  # "" for the text of the program itself
    usage: str
    paragraphs: list  # of texts without the usage; an Option or a command's row is one, too
    options: list
    commands: dict  # name to its row, where the text lists commands

    @property
    def summary(self):
        text = next(p for p in self.paragraphs if isinstance(p, str))
        return re.split(r"[:.](?: |$)", text)[0]


def parse(name, text):
    usage, _, rest = text.partition("\n\n")
    usage = usage.removeprefix("Usage: ").strip()
    options = {long: Option(long) for long in re.findall(r"--([a-z][\w-]*)(?=[\]|]| \||$)", usage)}
    paragraphs, commands, last = [], {}, None  # last: the paragraph that a line may go on with
    for line in rest.splitlines():
        option = OPTION.fullmatch(line)
        row = COMMAND.fullmatch(line) if last == "Commands:" or isinstance(last, tuple) else None
        if not line:
            last = None
            continue
        if option:
            last = Option(option["long"], option["short"], option["value"], option["text"] or "")
        elif row:
            last = commands[row["name"]] = row.groups()
        elif isinstance(last, Option):
            last.text = f"{last.text} {line.strip()}".strip()
            continue
        elif isinstance(last, str) and not line.startswith("Exit: "):
            between = "\n" if last.startswith("Example") else " "
            last = paragraphs.pop() + between + line.strip()
        else:
            last = line.strip()
        paragraphs.append(last)
    for option in (p for p in paragraphs if isinstance(p, Option)):
        option.words = option.find_words()
        known = options.get(option.long)
        if known and known.value:  # said twice, for two kinds of value
            known.words += option.words
        else:
            options[option.long] = Option(**vars(option))
    return Help(name, usage, paragraphs, list(options.values()), commands)


def read(program):
    """The help of the program, then of each of its commands but help."""
    def ask(*arguments):
        return subprocess.run([program, *arguments, "--help"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    main = parse("", ask())
    if not main.commands:
        raise ValueError(f"{program} --help lists no commands")
    return main, [parse(name, ask(name)) for name in main.commands if name != "help"]
