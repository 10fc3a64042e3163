"""The grammar of Liberty files, as far as cells, pins and their functions need it."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|\\[ \t]*\r?\n|"(?:[^"\\]|\\.)*"|\n|[{}();:,]|[^\s{}();:,"]+|"', re.DOTALL)
KEPT = ("library", "cell", "pin", "bus", "bundle", "ff", "latch", "ff_bank", "latch_bank", "statetable")
WORD = re.compile(r'"|[^\s{}();:,]')


class LibertySyntax(Exception):
    """The text is not Liberty; the message says where."""


@dataclass
class Group:
    """A group: ``kind (name, ...) { attributes and groups }``.

    Attributes are strings without their quotes; those with brackets are tuples of strings. Groups of kinds that say
    nothing about cells (timing, power, ...) are left out.
    """

    kind: str
    names: tuple[str, ...]
    attributes: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    children: list["Group"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


def parse(text: str) -> Group:
    """The group `library` of a Liberty text.

    Raises
    ------
    LibertySyntax
    """
    tokens = [token for token in TOKEN.findall(text) if token[:2] not in ("/*", "//") and token[0] != "\\"]
    reader = _Reader(tokens)
    group = reader.statement()
    if not isinstance(group, Group) or group.kind != "library":
        raise LibertySyntax("it does not begin with a group library")
    return group


class _Reader:
    """Reads statements from tokens."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at, self.line = tokens, 0, 1

    def statement(self, within: Group | None = None) -> Group | None:
        """Read a group, which is returned, or an attribute, which is put into the group around it."""
        name = self._word()
        token = self._take()
        if token == ":":
            value = self._simple_value()
            if within is not None:
                within.attributes[name] = value
            return None
        if token != "(":
            raise self._wrong(token)
        names = self._list()
        if self._peek() != "{":
            if self._peek() == ";":
                self._take()
            if within is not None:
                within.attributes[name] = names
            return None
        self._take()
        group = Group(name, names)
        if name in KEPT:
            self._body(group)
        else:
            self._skip()
        return group

    def _body(self, group: Group) -> None:
        while (token := self._peek()) != "}":
            if token == ";":
                self._take()
                continue
            child = self.statement(group)
            if child is not None and child.kind in KEPT:
                group.children.append(child)
        self._take()

    def _skip(self) -> None:
        """To behind the bracket that closes the group."""
        depth = 1
        while depth:
            token = self._take()
            depth += (token == "{") - (token == "}")

    def _simple_value(self) -> str:
        """Up to the semicolon, or where it is missing to the line's end."""
        parts = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == "}" or (token == "\n" and parts):
                break
            self._advance()
            if token == ";":
                break
            if token != "\n":
                parts.append(_plain(token))
        return " ".join(parts)

    def _list(self) -> tuple[str, ...]:
        """What stands in brackets, the opening one of which was read."""
        found = []
        while (token := self._take()) != ")":
            if token in "{};" or token == ":":
                raise self._wrong(token)
            if token != ",":
                found.append(_plain(token))
        return tuple(found)

    def _word(self) -> str:
        token = self._take()
        if not WORD.match(token):
            raise self._wrong(token)
        return _plain(token)

    def _advance(self) -> None:
        self.line += self.tokens[self.at].count("\n")
        self.at += 1

    def _peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at] == "\n":
            self._advance()
        if self.at == len(self.tokens):
            raise LibertySyntax("it ends within a group" if self.tokens else "it is empty")
        return self.tokens[self.at]

    def _take(self) -> str:
        token = self._peek()
        self._advance()
        return token

    def _wrong(self, token: str) -> LibertySyntax:
        return LibertySyntax(f"{token[:20]!r} where it should not be, near line {self.line}")


def _plain(token: str) -> str:
    return token[1:-1] if len(token) > 1 and token[0] == '"' else token
