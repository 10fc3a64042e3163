"""Rows on their way through the back pipelines: which one is issued when, and what a component sees of them."""

from amaranth import Shape, Value

from .stepper import play


def cells_of(plan):
    """(number, pass) of all passes but those of dense layers."""
    return [(number, item) for number, item in enumerate(plan.passes) if item.kind != "dense"]


class Rows:
    """Issues whole units, one row a cycle, none where another value takes a row's place at the table.

    Parameters
    ----------
    plan : EnginePlan
    rng : Generator
    gaps : float
        Chance of a pause before a row.
    """

    def __init__(self, plan, rng, gaps: float):
        self.plan, self.rng, self.gaps = plan, rng, gaps
        self.cycle, self.blocked, self.tags = -1, set(), {}

    def unit(self, number: int, **tag) -> list[int]:
        """Issue a unit's rows; returns their cycles."""
        item, cycles = self.plan.passes[number], []
        for gate in range(len(item.gates)):
            self.cycle += 1
            while self.cycle in self.blocked or self.rng.random() < self.gaps:
                self.cycle += 1
            self.tags[self.cycle] = {"number": number, "gate": gate} | tag
            cycles.append(self.cycle)
        if item.kind in ("lstm", "gru"):
            self.blocked.add(self.cycle + self.plan.timing.blocked(item.kind))
        return cycles

    def seen(self, layout, cycle: int, stages: int) -> tuple[int, int]:
        """`valids` and `tags` in a cycle; noise where no row is."""
        valids = tags = 0
        width = sum(len_of(shape) for _, shape in layout)
        for position in range(1, stages + 1):
            tag = self.tags.get(cycle - position)
            word = int(self.rng.integers(1 << width)) if tag is None else packed(layout, tag)
            valids |= (tag is not None) << (position - 1)
            tags |= word << (width * (position - 1))
        return valids, tags


def len_of(field) -> int:
    """Bits of a layout's field."""
    return Shape.cast(field.shape).width


def packed(layout, tag) -> int:
    """A tag as one word."""
    word = position = 0
    for name, shape in layout:
        word |= int(tag.get(name, 0)) << position
        position += len_of(shape)
    return word


def draw(rng, low: int, high: int, ends: float = 0.3) -> int:
    """An end of the range with a chance of `ends`, else anything."""
    return int(rng.choice([low, high])) if rng.random() < ends else int(rng.integers(low, high + 1))


class Bench:
    """Plays a component of the back: values by port and cycle, noise elsewhere, and the multiplier if it has one.

    Parameters
    ----------
    dut : Component
        With `valids` and `tags`.
    rows : Rows
    """

    def __init__(self, dut, rows: Rows):
        self.dut, self.rows, self.given, self.wanted = dut, rows, {}, []

    def put(self, cycle: int, port: str, value: int) -> None:
        """A port's value in a cycle."""
        key = cycle, port
        assert self.given.get(key, value) == value, f"{port} is wanted for two things in cycle {cycle}"
        self.given[key] = value

    def want(self, cycle: int, port: str, value: int) -> None:
        """An output's value in a cycle."""
        self.wanted.append((cycle, port, value))

    def check(self, ports, outputs) -> int:
        """Play it all; returns how many outputs were compared."""
        dut, rng = self.dut, self.rows.rng
        multiplies = hasattr(dut, "product")
        inputs = [dut.valids, dut.tags, *(getattr(dut, port) for port in ports)]
        watched = [getattr(dut, port) for port in outputs]
        if multiplies:
            inputs, watched = [*inputs, dut.product], [*watched, dut.a, dut.b, dut.use]
        layout, stages = dut.tags.shape().elem_shape, len(dut.valids)
        widths = [Shape.cast(Value.cast(getattr(dut, port)).shape()) for port in ports]
        seen, products = [], [0] * self.rows.plan.timing.update
        length = self.rows.cycle + stages + 2

        def noise(shape):
            low = -(1 << (shape.width - 1)) if shape.signed else 0
            return int.from_bytes(rng.bytes(8), "little") % (1 << shape.width) + low

        def actor():
            for cycle in range(length):
                values = [
                    self.given.get((cycle, port), noise(width)) for port, width in zip(ports, widths, strict=True)
                ]
                row = [*self.rows.seen(layout, cycle, stages), *values]
                status = yield [*row, products[0]] if multiplies else row
                seen.append(status[: len(outputs)])
                if multiplies:
                    a, b, use = status[len(outputs) :]
                    products[:] = *products[1:], a * b if use else 0

        play(dut, inputs, watched, actor(), limit=length + 10)
        for cycle, port, value in self.wanted:
            assert seen[cycle][outputs.index(port)] == value, (cycle, port)
        return len(self.wanted)
