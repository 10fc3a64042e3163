"""From the accumulator to what comes next: pre-activations of gates, outputs of dense layers."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, fold_rounding
from rnnhw.plan import Plan

from .interfaces import GATE_G, row_tag
from .requantize import Requantize


class Preactivation(wiring.Component):
    """Requantises the biased sums; one register deep.

    Rounding constants are in the bias already, so half-up and floor are plain shifts here.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    enable : In(1)
    sum : In(signed), tag : In
        A row's biased sum and its tag.
    cell_valid : In(1), cell_z : In(signed)
        A cell state's pre-activation takes the place of a gate's.
    z : Out(signed), tanh : Out(1)
        The pre-activation, and the function that it is for.
    dense : Out(signed)
        A dense layer's output (inner ones sign-extended).
    """

    def __init__(self, plan: Plan):
        network, width = plan.network, plan.accumulator_bits
        self.passes = plan.passes
        self.lstm_count = len(network.lstms)
        z = network.preactivations[1]
        shifts = [shift for item in plan.passes if item.recurrent for shift in item.shifts]
        self.to_z = Requantize(width, shifts, z, fold_rounding(0, network.config.rounding["z"])[1])
        self.to_y = [
            Requantize(
                width, item.shifts, QFormat(item.layer.y.width, 0), fold_rounding(0, network.config.rounding["y"])[1]
            )
            for item in plan.passes[self.lstm_count :]
        ]
        dense_width = max([layer.y.width for layer in network.denses], default=1)
        super().__init__(
            {
                "enable": In(1),
                "sum": In(signed(width)),
                "tag": In(row_tag(len(plan.passes))),
                "cell_valid": In(1),
                "cell_z": In(signed(z.width)),
                "z": Out(signed(z.width)),
                "tanh": Out(1),
                "dense": Out(signed(dense_width)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.to_z = self.to_z
        m.d.comb += self.to_z.i.eq(self.sum)
        gates = Signal(range(4 * self.lstm_count))
        m.d.comb += [gates.eq((self.tag.number << 2) | self.tag.gate), self.to_z.select.eq(gates)]
        with m.If(self.enable):
            m.d.sync += [
                self.z.eq(Mux(self.cell_valid, self.cell_z, self.to_z.o)),
                self.tanh.eq(self.cell_valid | (self.tag.gate == GATE_G)),
            ]
        for number, requantize in enumerate(self.to_y):
            m.submodules[f"to_y_{number}"] = requantize
            m.d.comb += requantize.i.eq(self.sum)
            item = self.passes[self.lstm_count + number]
            result = Mux(requantize.o < 0, 0, requantize.o) if item.layer.relu else requantize.o
            with m.If(self.enable & (self.tag.number == self.lstm_count + number)):
                m.d.sync += self.dense.eq(result)
        return m
