"""Fenced blocks of a Markdown document, and the variables that it asks its readers to set."""

import dataclasses
import pathlib
import re


class Fault(Exception):
    """A document or the output that it shows is wrong."""


@dataclasses.dataclass(frozen=True)
class Block:
    document: str
    line: int  # of the fence
    language: str
    words: tuple[str, ...]  # after the language
    text: str

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.text.splitlines() if line.strip()), "")

    @property
    def is_output(self) -> bool:
        """Whether it shows what the shell block before it prints."""
        return "output" in self.words


FENCE = re.compile(r"^(?P<indent>(?:> ?)*[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)$")


def read_blocks(root: pathlib.Path, document: str) -> list[Block]:
    blocks = []
    opened = None
    for number, line in enumerate((root / document).read_text(encoding="utf-8").split("\n"), 1):
        fence = FENCE.match(line)
        if opened is None:
            if fence:
                opened = (number, fence, [])
            continue
        begin, opening, lines = opened
        closes = (
            fence and fence["fence"].startswith(opening["fence"]) and not fence["info"].strip()
        )
        if not closes:
            lines.append(line.removeprefix(opening["indent"]))
            continue
        words = opening["info"].split()
        text = "".join(line + "\n" for line in lines)
        blocks.append(Block(document, begin, words[0] if words else "", tuple(words[1:]), text))
        opened = None
    if opened is not None:
        raise Fault(f"{document}:{opened[0]}: the block does not end")
    return blocks


def read_variables(root: pathlib.Path, document: str) -> dict[str, str]:
    """The rows of tables with the head `variable | value`: what each is to be set to, in words."""
    variables = {}
    in_table = False
    for line in (root / document).read_text(encoding="utf-8").split("\n"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[:2] == ["variable", "value"]:
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not set(cells[0]) <= {"-", ":"}:
            variables[cells[0].strip("`")] = cells[1]
    return variables


def shown(expected: str, found: str) -> bool:
    """Whether a text matches the one shown; an ellipsis matches anything on its line."""
    pattern = "[^\n]*".join(re.escape(part) for part in expected.rstrip().split("…"))
    return re.fullmatch(pattern, found.rstrip()) is not None


def shown_json(expected, found) -> bool:
    """The same for JSON: an ellipsis in a text matches anything, alone it matches any value."""
    if expected == "…":
        return True
    if isinstance(expected, str):
        return isinstance(found, str) and shown(expected, found)
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and list(expected) == list(found)
            and all(shown_json(value, found[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(map(shown_json, expected, found))
        )
    return type(expected) is type(found) and expected == found
