"""Reads RTLIL text into the records of `rtlil`.

Only the subset that `amaranth.back.rtlil` prints is understood: one statement a line, vectors that start at bit 0,
constants of 0 and 1. A memory's contents are one constant that can be megabytes long; it is only ever sliced.
"""

import re

from rnnhw.emit.rtlil import Assign, Case, Cell, Const, Memory, Module, Process, Sig, Slice, Switch, Value, Wire
from rnnhw.errors import RnnhwError

__all__ = ["parse"]

_TOKEN = re.compile(r"[{}]|[\\$][^\s]+|\[\d+(?::\d+)?\]|\d+'[01x-]*|[^\s]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
Attributes = tuple[tuple[str, Value], ...]


def parse(text: str) -> tuple[Module, ...]:
    """Parse the RTLIL text of one design.

    Parameters
    ----------
    text : str
        What `amaranth.back.rtlil.convert` returned.

    Returns
    -------
    tuple of Module
        In the order of the text, `src` attributes left out.

    Raises
    ------
    RnnhwError
        For text that Amaranth does not print, with the number of the line.
    """
    lines = _Lines(text)
    modules: list[Module] = []
    attributes: dict[str, Value] = {}
    while not lines.at_end():
        word, rest = lines.take()
        if word == "attribute":
            _attribute(rest, attributes)
        elif word == "module":
            modules.append(_ModuleReader(lines).module(rest, is_top="top" in attributes))
            attributes = {}
        else:
            raise lines.error("expected a module")
    return tuple(modules)


class _Lines:
    """The lines of the text; empty ones are passed over."""

    def __init__(self, text: str):
        self._lines = text.split("\n")
        self._next = 0

    def at_end(self) -> bool:
        while self._next < len(self._lines) and not self._lines[self._next].strip():
            self._next += 1
        return self._next == len(self._lines)

    def take(self) -> tuple[str, str]:
        """The first word and the rest of the next line."""
        if self.at_end():
            raise RnnhwError("RTLIL ends in the middle of a module")
        word, _, rest = self._lines[self._next].strip().partition(" ")
        self._next += 1
        return word, rest.strip()

    def put_back(self) -> None:
        self._next -= 1

    def error(self, what: str) -> RnnhwError:
        return RnnhwError(f"RTLIL line {self._next}: {what}: {self._lines[self._next - 1].strip()[:80]}")


class _SigReader:
    """Reads values; knows the width of each wire of the module."""

    def __init__(self, lines: _Lines):
        self._lines = lines
        self.widths: dict[str, int] = {}

    def pair(self, text: str) -> tuple[Sig, Sig]:
        tokens = _TOKEN.findall(text)
        lhs, after = self._parse(tokens, 0)
        rhs, _ = self._parse(tokens, after)
        return lhs, rhs

    def sig(self, text: str) -> Sig:
        if text[:1].isdigit() and " " not in text:
            return self._constant(text)
        return self._parse(_TOKEN.findall(text), 0)[0]

    def _constant(self, text: str) -> Sig:
        size, quote, bits = text.partition("'")
        if not quote:
            bits = f"{int(text):b}"
        elif bits.strip("01") or len(bits) != int(size):
            raise self._lines.error("a constant may hold 0 and 1 only")
        return (Const(bits),) if bits else ()

    def _parse(self, tokens: list[str], at: int) -> tuple[Sig, int]:
        token = tokens[at] if at < len(tokens) else "nothing"
        if token == "{":
            parts: list[Sig] = []
            at += 1
            while at < len(tokens) and tokens[at] != "}":
                part, at = self._parse(tokens, at)
                parts.append(part)
            return tuple(chunk for part in reversed(parts) for chunk in part), at + 1
        if token[0].isdigit():
            return self._constant(token), at + 1
        if token not in self.widths:
            raise self._lines.error(f"unknown wire {token}")
        lo, width = 0, self.widths[token]
        if at + 1 < len(tokens) and tokens[at + 1].startswith("["):
            at += 1
            high, _, low = tokens[at][1:-1].partition(":")
            lo = int(low or high)
            width = int(high) - lo + 1
        return ((Slice(token, lo, width),) if width else ()), at + 1


class _ModuleReader:
    """Reads the statements of one module."""

    def __init__(self, lines: _Lines):
        self._lines = lines
        self._sigs = _SigReader(lines)

    def module(self, name: str, *, is_top: bool) -> Module:
        wires: list[Wire] = []
        memories: list[Memory] = []
        items: list[Cell | Process] = []
        connects: list[tuple[Sig, Sig]] = []
        attributes: dict[str, Value] = {}
        while (line := self._lines.take())[0] != "end":
            word, rest = line
            if word == "attribute":
                _attribute(rest, attributes)
                continue
            taken = tuple((key, value) for key, value in attributes.items() if key != "src")
            attributes = {}
            if word == "wire":
                wires.append(self._wire(rest, taken))
            elif word == "memory":
                _, width, _, depth, memory = rest.split()
                memories.append(Memory(memory, int(width), int(depth), taken))
            elif word == "cell":
                items.append(self._cell(rest, taken))
            elif word == "process":
                items.append(Process(rest, self._body()))
                self._lines.take()
            elif word == "connect":
                connects.append(self._sigs.pair(rest))
            else:
                raise self._lines.error("not a statement that Amaranth prints")
        return Module(name[1:], is_top, tuple(wires), tuple(memories), tuple(items), tuple(connects))

    def _wire(self, rest: str, attributes: Attributes) -> Wire:
        words = rest.split()
        name, width = words[-1], int(words[1])
        direction = next((word for word in words[2:-1] if word in ("input", "output", "inout")), "")
        self._sigs.widths[name] = width
        return Wire(name, width, direction, attributes)

    def _cell(self, rest: str, attributes: Attributes) -> Cell:
        kind, _, name = rest.partition(" ")
        parameters: list[tuple[str, Value]] = []
        ports: list[tuple[str, Sig]] = []
        while (line := self._lines.take())[0] != "end":
            word, rest = line
            if word == "parameter":
                flavour = ""
                if not rest.startswith("\\"):
                    flavour, _, rest = rest.partition(" ")
                key, _, value = rest.partition(" ")
                parameters.append((key[1:], _value(value, flavour)))
            elif word == "connect":
                key, _, value = rest.partition(" ")
                ports.append((key[1:], self._sigs.sig(value)))
            else:
                raise self._lines.error("expected parameter or connect")
        return Cell(kind, name, tuple(parameters), tuple(ports), attributes)

    def _body(self) -> tuple[Assign | Switch, ...]:
        """Statements up to the `case` or `end` that follows them, which stays unread."""
        body: list[Assign | Switch] = []
        while True:
            word, rest = self._lines.take()
            if word == "assign":
                body.append(Assign(*self._sigs.pair(rest)))
            elif word == "switch":
                body.append(Switch(self._sigs.sig(rest), self._cases()))
            elif word in ("case", "end"):
                self._lines.put_back()
                return tuple(body)
            else:
                raise self._lines.error("not a statement of a process")

    def _cases(self) -> tuple[Case, ...]:
        cases: list[Case] = []
        while (line := self._lines.take())[0] == "case":
            patterns = tuple(dict.fromkeys(p.partition("'")[2] for p in line[1].split(", ") if p))
            cases.append(Case(patterns, self._body()))
        return tuple(cases)


def _attribute(rest: str, attributes: dict[str, Value]) -> None:
    name, _, value = rest.partition(" ")
    attributes[name[1:]] = _value(value)


def _value(text: str, flavour: str = "") -> Value:
    if text.startswith('"'):
        string = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])
        return float(string) if flavour == "real" else string
    if "'" in text:
        return Const(text.partition("'")[2], signed=flavour == "signed")
    return int(text)
