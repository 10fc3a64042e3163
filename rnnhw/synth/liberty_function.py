"""The Boolean functions of Liberty's cells."""

import re
from itertools import product

TOKEN = re.compile(r"\s*([A-Za-z_][\w\[\]]*|[01]|[!'&*|+^()])")
OR, XOR, AND = ("|", "+"), ("^",), ("&", "*")


class FunctionError(ValueError):
    """A function that is not understood."""


def truth_table(function: str, inputs: tuple[str, ...]) -> tuple[int, ...]:
    """Values of a function for all values of its inputs, the first of which counts least.

    ``!a`` and ``a'`` invert; then come, from the strongest, AND (``*``, ``&``, or nothing between two operands), XOR
    (``^``), OR (``+``, ``|``).

    Raises
    ------
    FunctionError
        If it is not understood, or names something else than the inputs.
    """
    tokens = _tokens(function)
    values = []
    for bits in product((0, 1), repeat=len(inputs)):
        values.append(_Evaluation(tokens, dict(zip(inputs, reversed(bits), strict=True))).result())
    return tuple(values)


def evaluate(function: str, values: dict[str, int | None]) -> int | None:
    """Value of a function for values of its inputs; None stands for one that is not known.

    An unknown value stays unknown except beside what decides alone, as in an event-driven simulator: it is not seen
    that a signal and its inverse differ.

    Raises
    ------
    FunctionError
        If it is not understood, or names something that has no value.
    """
    return _Evaluation(_tokens(function), values).result()


def _and(a: int | None, b: int | None) -> int | None:
    if a == 0 or b == 0:
        return 0
    return None if a is None or b is None else 1


def _or(a: int | None, b: int | None) -> int | None:
    return _not(_and(_not(a), _not(b)))


def _xor(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a ^ b


def _not(a: int | None) -> int | None:
    return None if a is None else 1 - a


def _tokens(function: str) -> list[str]:
    tokens, at = [], 0
    text = function.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise FunctionError(f"function {function!r}")
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Evaluation:
    """One evaluation, by recursive descent."""

    def __init__(self, tokens: list[str], values: dict[str, int | None]):
        self.tokens, self.values, self.at = tokens, values, 0

    def result(self) -> int | None:
        value = self._or()
        if self.at < len(self.tokens):
            raise FunctionError(f"{self._next()!r} where it should not be")
        return value

    def _next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _or(self) -> int | None:
        value = self._xor()
        while self._next() in OR:
            self.at += 1
            value = _or(value, self._xor())
        return value

    def _xor(self) -> int | None:
        value = self._and()
        while self._next() in XOR:
            self.at += 1
            value = _xor(value, self._and())
        return value

    def _and(self) -> int | None:
        value = self._operand()
        while (token := self._next()) is not None and token not in (*OR, *XOR, ")"):
            self.at += token in AND
            value = _and(value, self._operand())
        return value

    def _operand(self) -> int | None:
        token = self._next()
        self.at += 1
        if token == "!":
            return _not(self._operand())
        if token == "(":
            value = self._or()
            if self._next() != ")":
                raise FunctionError("a bracket is not closed")
            self.at += 1
        elif token in ("0", "1"):
            value = int(token)
        elif token in self.values:
            value = self.values[token]
        else:
            raise FunctionError(f"{token!r} where an operand should be")
        while self._next() == "'":
            self.at += 1
            value = _not(value)
        return value
