"""A model of a SPI flash, bit by bit."""

from dataclasses import dataclass, field

WAKE, READ = 0xAB, 0x03


@dataclass
class Command:
    """What came between two edges of `cs_n`.

    Parameters
    ----------
    bits : list of int
        What was sent.
    understood : bool
        Whether the flash was awake, or the command was to wake it.
    answered : int
        Bits that were given.
    rises : list of int
        Cycles in which `sck` rose.
    """

    bits: list[int] = field(default_factory=list)
    understood: bool = False
    answered: int = 0
    rises: list[int] = field(default_factory=list)

    def number(self, first: int, count: int) -> int:
        """The number in some of the bits."""
        return int("".join(map(str, self.bits[first : first + count])), 2)

    @property
    def code(self) -> int | None:
        """The command's first byte."""
        return self.number(0, 8) if len(self.bits) >= 8 else None

    @property
    def reading(self) -> bool:
        """Whether data comes."""
        return self.understood and self.code == READ and len(self.bits) >= 32


class FlashModel:
    """A flash that is read with command 0x03; at first it sleeps, and understands nothing but 0xAB.

    Parameters
    ----------
    contents : bytes
        Of the whole flash, which begins again behind its end.
    waking : int
        Cycles from the end of 0xAB until it understands commands.
    delay : int
        Cycles from a falling edge of `sck` to the answer.
    """

    def __init__(self, contents: bytes, waking: int = 0, delay: int = 0):
        self.contents, self.waking = contents, waking
        self.asleep, self.ready_at, self.cycle = True, 0, 0
        self.commands: list[Command] = []
        self._now, self._sck, self._out, self._line = None, 0, 1, [1] * delay

    def step(self, cs_n: int, sck: int, copi: int) -> int:
        """A cycle: the pins go in, `cipo` comes out."""
        self.cycle += 1
        if cs_n or self._now is None:
            assert not sck, "mode 0: sck is low when cs_n changes, and while it is high"
            self._select(cs_n)
        elif sck and not self._sck:
            self._rise(copi)
        elif self._sck and not sck:
            self._fall()
        self._sck = sck
        self._line.append(self._out)
        return self._line.pop(0)

    def _select(self, cs_n: int) -> None:
        self._out = 1
        if not cs_n:
            self._now = Command()
        elif self._now is not None:
            ended, self._now = self._now, None
            assert len(ended.bits) % 8 == 0, f"{len(ended.bits)} bits are not whole bytes"
            self.commands.append(ended)
            if ended.code == WAKE and self.asleep:
                self.asleep, self.ready_at = False, self.cycle + self.waking

    def _rise(self, copi: int) -> None:
        self._now.rises.append(self.cycle)
        self._now.bits.append(copi)
        if len(self._now.bits) == 8:
            awake = not self.asleep and self.cycle >= self.ready_at
            self._now.understood = awake or self._now.code == WAKE

    def _fall(self) -> None:
        if self._now.reading:
            at, bit = divmod(len(self._now.bits) - 32, 8)
            self._now.answered += 1
            self._out = self.contents[(self._now.number(8, 24) + at) % len(self.contents)] >> (7 - bit) & 1
