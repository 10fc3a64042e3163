"""A core's ports: its streams, described once, and the hardware top with one flat port for each member."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import ClockDomain, Elaboratable, Module, Shape, Signal
from amaranth.hdl._ir import PortDirection
from amaranth.lib import data, stream
from amaranth.lib.wiring import In

from rnnhw.errors import RnnhwError

__all__ = ["BEAT_BITS", "Channel", "Field", "FlatTop", "Ports"]

BEAT_BITS = 64
"""A stream's beat fits one machine word."""


@dataclass(frozen=True)
class Field:
    """A named value of so many bits, two's complement if `signed`."""

    name: str
    width: int
    signed: bool = False

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest value."""
        return (-(1 << self.width - 1), (1 << self.width - 1) - 1) if self.signed else (0, (1 << self.width) - 1)

    def read(self, word: int) -> int:
        """The value of raw bits."""
        word &= (1 << self.width) - 1
        return word - (1 << self.width) if self.signed and word >> self.width - 1 else word


@dataclass(frozen=True)
class Channel:
    """One stream of a core. A beat is one raw word, the first field in its lowest bits.

    Parameters
    ----------
    name : str
    incoming : bool
        Whether the core takes the beats.
    fields : tuple of Field

    Raises
    ------
    RnnhwError
        If a beat is empty or has more than 64 bits.
    """

    name: str
    incoming: bool
    fields: tuple[Field, ...]

    def __post_init__(self):
        if not 1 <= self.width <= BEAT_BITS or not all(field.width for field in self.fields):
            raise RnnhwError(f"the width of stream {self.name} must be in 1..{BEAT_BITS}, not {self.width}")

    @property
    def width(self) -> int:
        """Bits of a beat."""
        return sum(field.width for field in self.fields)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(field.name for field in self.fields)

    def places(self) -> list[tuple[Field, int]]:
        """Each field, and the position of its lowest bit in a beat."""
        widths = [field.width for field in self.fields]
        return [(field, sum(widths[:number])) for number, field in enumerate(self.fields)]

    def pack(self, columns: dict[str, np.ndarray]) -> np.ndarray:
        """Raw words (uint64) of beats whose values are given by field (int64)."""
        words = np.zeros(len(columns[self.fields[0].name]), np.uint64)
        for field, position in self.places():
            mask = np.uint64((1 << field.width) - 1)
            words |= (columns[field.name].view(np.uint64) & mask) << np.uint64(position)
        return words

    def unpack(self, words) -> dict[str, list[int]]:
        """Values by field of raw words."""
        words, columns = np.asarray(words, np.uint64), {}
        for field, position in self.places():
            top = words << np.uint64(BEAT_BITS - position - field.width)
            spare = BEAT_BITS - field.width
            shifted = top.view(np.int64) >> np.int64(spare) if field.signed else top >> np.uint64(spare)
            columns[field.name] = shifted.tolist()
        return columns


@dataclass(frozen=True)
class Ports:
    """All ports of a core but clock and reset.

    Parameters
    ----------
    channels : tuple of Channel
        The streams, in the order of the component's signature.
    status : tuple of Field
        Plain outputs.
    """

    channels: tuple[Channel, ...]
    status: tuple[Field, ...] = ()

    @classmethod
    def of(cls, component) -> "Ports":
        """Describe a component.

        Raises
        ------
        RnnhwError
            If a port is neither a stream with a struct as its payload nor a plain output.
        """
        channels, status = [], []
        for name, member in component.signature.members.items():
            if member.is_port and member.flow != In:
                shape = Shape.cast(member.shape)
                status.append(Field(name, shape.width, shape.signed))
            elif member.is_signature and isinstance(member.signature, stream.Signature):
                layout = member.signature.members["payload"].shape
                if not isinstance(layout, data.StructLayout):
                    raise RnnhwError(f"the payload of stream {name} must be a StructLayout, not {layout!r}")
                shapes = {key: Shape.cast(field.shape) for key, field in layout}
                fields = tuple(Field(key, shape.width, shape.signed) for key, shape in shapes.items())
                channels.append(Channel(name, member.flow == In, fields))
            else:
                raise RnnhwError(f"port {name} must be a stream or a plain output")
        return cls(tuple(channels), tuple(status))

    @property
    def inputs(self) -> tuple[Channel, ...]:
        """The streams that go in."""
        return tuple(channel for channel in self.channels if channel.incoming)

    @property
    def outputs(self) -> tuple[Channel, ...]:
        """The streams that come out."""
        return tuple(channel for channel in self.channels if not channel.incoming)

    def flat(self) -> dict[str, tuple[Shape, bool]]:
        """Shape of each flat port, and whether it goes in: inputs first, streams in order."""
        going = {True: {}, False: {}}
        for channel in self.channels:
            there, back = going[channel.incoming], going[not channel.incoming]
            there[f"{channel.name}_valid"] = Shape(1)
            for field in channel.fields:
                there[f"{channel.name}_{field.name}"] = Shape(field.width, field.signed)
            back[f"{channel.name}_ready"] = Shape(1)
        going[False].update({field.name: Shape(field.width, field.signed) for field in self.status})
        return {name: (shape, incoming) for incoming, group in going.items() for name, shape in group.items()}


class FlatTop(Elaboratable):
    """A stream component behind plain ports: the top module of everything that is emitted.

    Amaranth would name the members of a stream ``i__payload`` and pack first, last and data into
    one vector. A top module that others instantiate reads better with one port for each of them:
    ``<stream>_valid``, ``<stream>_ready`` and ``<stream>_<field>``; plain outputs keep their name.

    Parameters
    ----------
    component : wiring.Component
        Has streams and plain outputs (see `Ports`), all in the clock domain ``sync``.
    name : str
        Name of the component's instance inside this module.

    Attributes
    ----------
    clk, rst : Signal, 1 bit
        The clock, and its synchronous reset (active high).
    signals : dict of str to Signal
        All other ports.
    """

    def __init__(self, component, name: str = "core"):
        self.component = component
        self.name = name
        self.description = Ports.of(component)
        self.clk = Signal()
        self.rst = Signal()
        self.signals = {port: Signal(shape, name=port) for port, (shape, _) in self.description.flat().items()}

    def ports(self) -> dict:
        """Port name -> (signal, direction), as ``amaranth.back.*.convert(ports=)`` takes it."""
        ports = {"clk": (self.clk, PortDirection.Input), "rst": (self.rst, PortDirection.Input)}
        for name, (_, incoming) in self.description.flat().items():
            ports[name] = (self.signals[name], PortDirection.Input if incoming else PortDirection.Output)
        return ports

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = sync = ClockDomain("sync")
        sync.clk = self.clk
        sync.rst = self.rst
        m.submodules[self.name] = core = self.component
        for channel in self.description.channels:
            inner = getattr(core, channel.name)
            pairs = [(inner.valid, self.signals[f"{channel.name}_valid"])]
            pairs += [(inner.p[key], self.signals[f"{channel.name}_{key}"]) for key in channel.names]
            back = (self.signals[f"{channel.name}_ready"], inner.ready)
            m.d.comb += [(a.eq(b) if channel.incoming else b.eq(a)) for a, b in [*pairs, back]]
        m.d.comb += [self.signals[field.name].eq(getattr(core, field.name)) for field in self.description.status]
        return m
