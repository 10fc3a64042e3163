"""From the accumulator to what comes next: pre-activations, a GRU's p, hidden states of relu, dense outputs."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, fold_rounding
from rnnhw.plan import ROWS, EnginePlan

from .interfaces import row_tag
from .requantize import Requantize
from .rows import number_is

TANH_ROWS = {"lstm": "g", "gru": "n", "candidate": "n", "rnn": "a"}


class Preactivation(wiring.Component):
    """Requantises the biased sums: one register deep, with many registers two (`Timing`).

    Rounding constants are in the bias already, so half-up and floor are plain shifts here.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    sum : In(signed), tag : In
        A row's biased sum and its tag.
    choice_tag : In
        Tag of the row at `Timing.choice`.
    second_valid : In(1), second : In(signed)
        A value made of gates takes the place of a row's pre-activation, for tanh.
    z : Out(signed), tanh : Out(1)
        The pre-activation, and the function that it is for.
    p : Out(signed)
        Row n of a GRU (reset after): the state's part.
    direct : Out(signed)
        A result that needs no table: of relu or of a dense layer (narrower ones sign-extended).
    second_clipped, z_clipped, p_clipped, direct_clipped : Signal
        With `Hardware.count_saturations`, beside each of these: it was clipped; `second_clipped` comes from outside.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, network = plan, plan.network
        self.rounding, self.register = network.config.rounding, plan.hardware.registers == "many"
        self.form = network.preactivations[1]
        self.direct_width = max([self._target(n).width for n in self._numbers("relu", "dense")], default=1)
        self.p_width = max([item.layer.p.width for item in plan.passes if item.split], default=1)
        super().__init__(
            {
                "sum": In(signed(plan.accumulator_bits)),
                "tag": In(row_tag(len(plan.passes), plan.hardware.streams)),
                "choice_tag": In(row_tag(len(plan.passes), plan.hardware.streams)),
                "second_valid": In(1),
                "second": In(signed(self.form.width)),
                "z": Out(signed(self.form.width)),
                "tanh": Out(1),
                "p": Out(signed(self.p_width)),
                "direct": Out(signed(self.direct_width)),
            }
        )
        self.to_z, self.z_cases = self._table_rows()
        self.counting = plan.hardware.count_saturations
        for name in ("second", "z", "p", "direct") if self.counting else ():
            setattr(self, f"{name}_clipped", Signal(name=f"{name}_clipped"))
        if self.counting and self.to_z is not None:
            self.to_z.count()

    def _numbers(self, *kinds) -> list[int]:
        return [n for n, item in enumerate(self.plan.passes) if item.kind in kinds]

    def _target(self, number: int) -> QFormat:
        """Format of a result that needs no table."""
        item = self.plan.passes[number]
        return item.layer.h if item.kind == "relu" else item.layer.y

    def _table_rows(self):
        """The requantisation for the table, and which of its shifts each pass's rows take."""
        cases, shifts = {}, []
        for number, item in enumerate(self.plan.passes):
            if item.kind in ("relu", "dense"):
                continue
            for gate, shift in enumerate(item.shifts):
                cases[number, gate] = len(shifts)
                shifts.append(shift)
        if not shifts:
            return None, {}
        rest = fold_rounding(0, self.rounding["z"])[1]
        return Requantize(self.plan.accumulator_bits, shifts, self.form, rest, self.register), cases

    def elaborate(self, platform):
        m = Module()
        if self.to_z is not None:
            self._table(m)
        for name, numbers in (("p", self._numbers("gru")), ("direct", self._numbers("relu", "dense"))):
            for number in numbers:
                self._other(m, name, number)
        return m

    def _table(self, m) -> None:
        m.submodules.to_z = self.to_z
        m.d.comb += self.to_z.i.eq(self.sum)
        with m.Switch(self.tag.number):
            for number in range(len(self.plan.passes)):
                if (number, 0) in self.z_cases:
                    with m.Case(number):
                        m.d.comb += self.to_z.select.eq(self.z_cases[number, 0] + self.tag.gate)
        tanh = self.second_valid
        for kind, gate in TANH_ROWS.items():
            if self._numbers(kind):
                of_kind = number_is(self.choice_tag.number, self._numbers(kind), self.plan)
                tanh = tanh | (of_kind & (self.choice_tag.gate == ROWS[kind].index(gate)))
        m.d.sync += [self.z.eq(Mux(self.second_valid, self.second, self.to_z.o)), self.tanh.eq(tanh)]
        if self.counting:
            m.d.sync += self.z_clipped.eq(Mux(self.second_valid, self.second_clipped, self.to_z.clipped))

    def _other(self, m, name: str, number: int) -> None:
        """A row that goes past the table."""
        item = self.plan.passes[number]
        target, role = (
            (item.layer.p, "c") if name == "p" else (self._target(number), "h" if item.kind == "relu" else "y")
        )
        rest = fold_rounding(0, self.rounding[role])[1]
        shift = item.shifts[-1]
        m.submodules[f"to_{name}_{number}"] = requantize = Requantize(
            self.plan.accumulator_bits, [shift], QFormat(target.width, 0), rest, self.register
        )
        m.d.comb += requantize.i.eq(self.sum)
        relu = item.kind == "relu" or (item.kind == "dense" and item.layer.relu)
        result = Mux(requantize.o < 0, 0, requantize.o) if relu else requantize.o
        here = number_is(self.choice_tag.number, [number], self.plan)
        with m.If(here):
            m.d.sync += getattr(self, name).eq(result)
            if self.counting:
                requantize.count()
                m.d.sync += getattr(self, f"{name}_clipped").eq(requantize.clipped)
