"""One pipeline: from captured sums to new states and outputs, a row a cycle."""

from amaranth import Cat, Const, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import ROWS, EnginePlan

from .activation_unit import ActivationUnit
from .delay import delayed
from .drain import DrainChain
from .gru_update import GRUUpdate
from .interfaces import row_tag
from .lstm_update import LSTMUpdate
from .multiplier import LutMultiplier
from .preactivation import Preactivation
from .primitives import GENERIC, Primitives
from .reset_update import ResetUpdate
from .rows import Rows

SATURATIONS = 4  # places at which values are clipped
STROBES = ("sum", "input_sum", "z", "p", "value", "c", "second_z", "second_value", "direct", "hidden")
UPDATES = {"lstm": LSTMUpdate, "gru": GRUUpdate, "reset": ResetUpdate}


class Pipeline(wiring.Component):
    """Drain chain, requantisation, activation and cell updates. It never stands still.

    Positions are cycles after a row is issued (`rnnhw.plan.timing`).

    Parameters
    ----------
    plan : EnginePlan
    primitives : Primitives
        Of which cells the multiplier is made.

    Members
    -------
    load, sums, parts, split, take, number, gate, bias, input_bias
        As of `DrainChain`.
    valids, tags : In
        Of the rows under way.
    carry_lstm, carry_gru, carry_reset : In
        What the unit kept, with its row at `Timing.activation`; of the kinds that the engine has.
    c_new : Out
        An LSTM's next cell state, at `Timing.cell_written` after row f.
    kept : Out
        A GRU's (reset before) z and old h, at `Timing.result` after row r.
    hidden : Out(signed(n))
        A cell's result, at `Timing.result` after a unit's last row.
    direct : Out(signed)
        A dense layer's output, at `Timing.direct`.
    saturated : Out(range(5))
        With `Hardware.count_saturations`: how many values were clipped two cycles ago.
    """

    def __init__(self, plan: EnginePlan, primitives: Primitives = GENERIC):
        self.plan, self.primitives, kinds = plan, primitives, plan.timing.kinds
        self.bits = bits = plan.network.config.activation_bits
        self.chain = DrainChain(plan)
        self.preactivation = Preactivation(plan)
        self.updates = {kind: part(plan) for kind, part in UPDATES.items() if kind in kinds}
        if plan.uses_table:
            self.activation = ActivationUnit(plan.network.table, plan.memories["table"].style, plan.hardware.registers)
        tag, stages = row_tag(len(plan.passes), plan.hardware.streams), plan.timing.result
        names = ("load", "sums", "parts", "split", "take", "number", "gate", "bias", "input_bias")
        members = {name: self.chain.signature.members[name] for name in names}
        members |= {"valids": In(stages), "tags": In(data.ArrayLayout(tag, stages)), "hidden": Out(signed(bits))}
        if "lstm" in self.updates:
            shape = self.updates["lstm"].c_old.shape()
            members |= {"carry_lstm": In(shape), "c_new": Out(shape)}
        if "gru" in self.updates:
            members["carry_gru"] = In(signed(bits))
        if "reset" in self.updates:
            layout = self.updates["reset"].kept.shape()
            members |= {"carry_reset": In(layout), "kept": Out(layout)}
        if plan.hardware.count_saturations:
            members["saturated"] = Out(range(SATURATIONS + 1))
        super().__init__(members | {"direct": Out(self.preactivation.direct.shape())})
        for name in STROBES:  # where a trace looks: high in the cycle in which such a value stands there
            setattr(self, f"at_{name}", Signal(name=f"at_{name}"))

    def elaborate(self, platform):
        m = Module()
        m.submodules.chain = chain = self.chain
        m.submodules.preactivation = pre = self.preactivation
        names = ("load", "sums", "parts", "split", "take", "number", "gate", "bias", "input_bias")
        m.d.comb += [getattr(chain, name).eq(getattr(self, name)) for name in names]
        rows = Rows(self.plan, self.valids, self.tags)
        timing = self.plan.timing
        m.d.comb += [pre.sum.eq(chain.sum), pre.tag.eq(rows.tag(timing.sum)), self.direct.eq(pre.direct)]
        m.d.comb += pre.choice_tag.eq(rows.tag(timing.choice))
        if self.plan.uses_table:
            m.submodules.activation = self.activation
            m.d.comb += [self.activation.z.eq(pre.z), self.activation.tanh.eq(pre.tanh)]
        for kind, update in self.updates.items():
            m.submodules[f"{kind}_update"] = update
            m.d.comb += [
                update.valids.eq(self.valids),
                update.tags.eq(self.tags),
                update.value.eq(self.activation.value),
            ]
        if self.updates:
            self._multiplier(m)
        self._second(m, rows)
        self._carries(m)
        self._results(m, rows)
        self._strobes(m, rows)
        if self.plan.hardware.count_saturations:
            self._saturations(m, rows)
        return m

    def _multiplier(self, m) -> None:
        """The one multiplier of all updates: never two of them want it at once."""
        width = max(len(update.b) for update in self.updates.values())
        kind = self.primitives.multiplier if self.plan.hardware.update_multiplier == "dsp" else LutMultiplier
        m.submodules.multiplier = multiplier = kind(self.bits + 1, width, self.plan.timing.update)
        a = Signal(signed(self.bits + 1))
        b = Signal(signed(width))
        first, *others = self.updates.values()
        m.d.comb += [a.eq(first.a), b.eq(first.b)]
        for update in others:
            with m.If(update.use):
                m.d.comb += [a.eq(update.a), b.eq(update.b)]
        m.d.comb += [multiplier.a.eq(a), multiplier.b.eq(b), multiplier.enable.eq(1)]
        m.d.comb += [update.product.eq(multiplier.product) for update in self.updates.values()]

    def _second(self, m, rows: Rows) -> None:
        """Values made of gates that go to the table."""
        pre = self.preactivation
        for kind, gate in (("lstm", "o"), ("gru", "n")):
            if kind in self.updates:
                with m.If(rows.at(self.plan.timing.second_preactivation(kind), kind, gate)):
                    m.d.comb += [pre.second_valid.eq(1), pre.second.eq(self.updates[kind].z)]
                    if self.plan.hardware.count_saturations:
                        m.d.comb += pre.second_clipped.eq(self.updates[kind].z_clipped)

    def _saturations(self, m, rows: Rows) -> None:
        """Count what was clipped, of values that mean something.

        Of each unit these can be: pre-activations z, an LSTM's c and the z that it gives, a GRU's p and the z of its
        candidate, hidden states of relu, dense outputs. Other hidden states and s cannot leave their formats.
        """
        pre, timing = self.preactivation, self.plan.timing
        kinds = timing.kinds
        direct = self.at_direct
        if "relu" in kinds:
            direct = direct | rows.at(timing.direct, "relu")
        clipped = [
            (self.at_z | self.at_second_z) & pre.z_clipped,
            self.at_p & pre.p_clipped,
            direct & pre.direct_clipped,
        ]
        if "lstm" in kinds:
            clipped.append(self.at_c & self.updates["lstm"].c_clipped)
        flags = Signal(len(clipped), name="clipped")
        m.d.sync += [flags.eq(Cat(*clipped)), self.saturated.eq(sum(flags))]

    def _carries(self, m) -> None:
        updates, timing = self.updates, self.plan.timing
        if "lstm" in updates:
            m.d.comb += [updates["lstm"].c_old.eq(self.carry_lstm), self.c_new.eq(updates["lstm"].c_new)]
        if "gru" in updates:
            m.d.comb += [
                updates["gru"].h_old.eq(self.carry_gru),
                updates["gru"].p.eq(self.preactivation.p),
                updates["gru"].input_sum.eq(self.chain.input_sum),
            ]
        if "reset" in updates:
            kept = delayed(m, updates["reset"].keep, timing.result - timing.activation, "kept")
            m.d.comb += [updates["reset"].kept.eq(self.carry_reset), self.kept.eq(kept)]

    def _results(self, m, rows: Rows) -> None:
        """Bring the results of all kinds to the same position."""
        timing, sources = self.plan.timing, {}
        if "lstm" in self.updates:
            sources["lstm"] = self.updates["lstm"].h
        if "gru" in self.updates:
            sources["gru"] = self.updates["gru"].h
        if "reset" in self.updates:
            sources |= {"reset": self.updates["reset"].s, "candidate": self.updates["reset"].h}
        if "rnn" in timing.kinds:
            value = Signal(signed(self.bits), name="rnn_value")
            m.d.comb += value.eq(self.activation.value)
            sources["rnn"] = value
        if "relu" in timing.kinds:
            value = Signal(signed(self.bits), name="relu_value")
            m.d.comb += value.eq(self.preactivation.direct)
            sources["relu"] = value
        for kind, value in sources.items():
            late = delayed(m, value, timing.result - timing.ready(kind), f"{kind}_result")
            if len(sources) == 1:
                m.d.comb += self.hidden.eq(late)
            else:
                with m.If(rows.is_kind(rows.tag(timing.result), kind)):
                    m.d.comb += self.hidden.eq(late)

    def _strobes(self, m, rows: Rows) -> None:
        """Say where each traced signal stands."""
        timing, kinds = self.plan.timing, self.plan.timing.kinds
        seconds = [(kind, gate) for kind, gate in (("lstm", "o"), ("gru", "n")) if kind in kinds]

        def tabled(position: int):
            """Whether a row that uses the table in its own place stands there."""
            others = [rows.at(position, "gru", "n")] if "gru" in kinds else []
            others += [rows.at(position, kind) for kind in ("relu", "dense") if kind in kinds]
            return rows.at(position) & ~Cat(*others).any()

        def second(position):
            """Whether a second pre-activation or its value stands there."""
            return Cat(*(rows.at(position(kind), kind, gate) for kind, gate in seconds)).any()

        last_rows = [(kind, ROWS[kind][-1]) for kind in sorted(kinds) if kind != "dense"]
        m.d.comb += [
            self.at_sum.eq(rows.at(timing.sum) & Const(1)),  # not a mere alias, which the emitted text would leave out
            self.at_z.eq(tabled(timing.choice + 1)),
            self.at_hidden.eq(Cat(*(rows.at(timing.result, kind, gate) for kind, gate in last_rows)).any()),
        ]
        if timing.result >= timing.activation:
            m.d.comb += self.at_value.eq(tabled(timing.activation))
        if seconds:
            m.d.comb += [
                self.at_second_z.eq(second(lambda kind: timing.second_preactivation(kind) + 1)),
                self.at_second_value.eq(second(timing.second_activation)),
            ]
        if "lstm" in kinds:
            m.d.comb += self.at_c.eq(rows.at(timing.cell_written, "lstm", "f"))
        if "gru" in kinds:
            m.d.comb += self.at_input_sum.eq(rows.at(timing.sum, "gru", "n"))
            m.d.comb += self.at_p.eq(rows.at(timing.choice + 1, "gru", "n"))
        if "dense" in kinds:
            m.d.comb += self.at_direct.eq(rows.at(timing.direct, "dense"))
