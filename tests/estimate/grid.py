# amaranth: UnusedElaboratable=no
"""Many small components in one design, each synthesised on its own: one yosys run for a grid of sizes."""

from amaranth import Module, Mux, Signal, signed
from amaranth.back import rtlil
from amaranth.hdl import Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.rom import Rom
from rnnhw.synth import count_cells_by_module


class Multiply(wiring.Component):
    """A registered multiplier whose product is used as far as `product` bits of a sum reach."""

    def __init__(self, a_bits: int, b_bits: int, product: int, is_signed: bool):
        self.product = product
        form = (lambda bits: signed(bits)) if is_signed else (lambda bits: bits)
        super().__init__({"a": In(form(a_bits)), "b": In(form(b_bits)), "clear": In(1), "sum": Out(form(product))})

    def elaborate(self, platform):
        m = Module()
        a, b, product = Signal.like(self.a), Signal.like(self.b), Signal.like(self.a * self.b)
        m.d.sync += [a.eq(self.a), b.eq(self.b), product.eq(a * b)]
        m.d.sync += self.sum.eq(Mux(self.clear, 0, self.sum) + product)
        return m


class Ram(wiring.Component):
    """A memory with one write port and one read port, in block RAM."""

    def __init__(self, depth: int, width: int):
        self.depth = depth
        address = In(range(depth))
        members = {"read": address, "enable": In(1), "q": Out(width), "write": address, "strobe": In(1), "d": In(width)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        attrs = {"ram_style": "block"}
        m.submodules.store = store = memory.Memory(shape=len(self.d), depth=self.depth, init=[], attrs=attrs)
        write, read = store.write_port(), store.read_port()
        m.d.comb += [read.addr.eq(self.read), read.en.eq(self.enable), self.q.eq(read.data)]
        m.d.comb += [write.addr.eq(self.write), write.en.eq(self.strobe), write.data.eq(self.d)]
        return m


def rom(depth: int, width: int) -> Rom:
    """A memory with fixed contents in which every column varies."""
    return Rom([((1 << width) - 1) * (address & 1) for address in range(depth)], width, "block")


class _Grid(wiring.Component):
    def __init__(self, parts):
        self.parts = parts
        members = {}
        for name, part in parts.items():
            for port, member in part.signature.members.items():
                width = len(Value.cast(getattr(part, port)))
                members[f"{name}__{port}"] = In(width) if member.flow == wiring.In else Out(width)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        for name, part in self.parts.items():
            m.submodules[name] = part
            for port, member in part.signature.members.items():
                inner, outer = Value.cast(getattr(part, port)), getattr(self, f"{name}__{port}")
                m.d.comb += inner.eq(outer) if member.flow == wiring.In else outer.eq(inner)
        return m


def synthesise(parts: dict, family: str) -> dict:
    """DSP blocks and block RAMs of each part by its name."""
    text = rtlil.convert(_Grid(parts), name="top", emit_src=False)
    found = count_cells_by_module(text, family=family)
    total = {}
    for name in parts:
        own = [cells for path, cells in found.items() if path == f"top.{name}" or path.startswith(f"top.{name}.")]
        assert own, f"{name} is not in {sorted(found)}"
        total[name] = (sum(cells.dsp for cells in own), sum(cells.block_ram for cells in own))
    return total
