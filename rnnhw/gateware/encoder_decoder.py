"""An encoder and a decoder as one core: each sequence's final state begins an answer."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, Rounding
from rnnhw.plan import Plan
from rnnhw.quantize.handover import check_handover

from .network_top import NetworkTop
from .requantize import Requantize
from .state_load import state_payload
from .state_read import final_payload


class Handover(wiring.Component):
    """Brings a stream of final states to the formats of initial ones, element by element; combinational.

    Parameters
    ----------
    source, target : sequence of (QFormat, int)
        Formats of the elements in order, each with how many they are.
    width, target_width : int
        Bits of an element of `final`, of `state`.

    Members
    -------
    final : In(stream)
    state : Out(stream)
    """

    def __init__(self, source, target, width: int, target_width: int):
        self.source, self.target = tuple(source), tuple(target)
        super().__init__(
            {
                "final": In(stream.Signature(final_payload(width))),
                "state": Out(stream.Signature(state_payload(target_width))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        part = Signal(range(len(self.source)))
        index = Signal(range(max(count for _, count in self.source)))
        part_end = Signal()
        converters = {}
        with m.Switch(part):
            for number, ((form, count), (target, _)) in enumerate(zip(self.source, self.target, strict=True)):
                key = (form.frac - target.frac, target.width)
                if key not in converters:
                    to = QFormat(target.width, 0, symmetric=target.symmetric)
                    converters[key] = Requantize(len(self.final.payload.data), key[:1], to, Rounding.HALF_UP)
                    m.submodules[f"to_{number}"] = converters[key]
                    m.d.comb += converters[key].i.eq(self.final.payload.data)
                with m.Case(number):
                    m.d.comb += [part_end.eq(index == count - 1), self.state.payload.data.eq(converters[key].o)]
        m.d.comb += [self.state.valid.eq(self.final.valid), self.final.ready.eq(self.state.ready)]
        with m.If(self.final.valid & self.final.ready):
            m.d.sync += index.eq(index + 1)
            with m.If(part_end):
                m.d.sync += [index.eq(0), part.eq(part + 1)]
            with m.If(self.final.payload.last):
                m.d.sync += part.eq(0)
        return m


class EncoderDecoder(wiring.Component):
    """Two cores, the first of which hands the state after each sequence to the second.

    The k-th sequence of the decoder begins with what `rnnhw.quantize.handover` makes of the final state of the
    encoder's k-th sequence. The encoder's own answers are dropped.

    Parameters
    ----------
    encoder : Plan
        With `read_state`.
    decoder : Plan
        With `load_state`. Both with one stream.

    Members
    -------
    i : In(stream)
        The encoder's input.
    d : In(stream)
        The decoder's input; its sequences wait for their states.
    o : Out(stream)
        The decoder's answers.
    i_load, d_load : In(stream), i_loaded, d_loaded : Out(1), i_load_error, d_load_error : Out(1)
        Of a part with loadable weights.
    state : In(stream)
        The encoder's initial states, if it takes any.
    final : Out(stream)
        The decoder's final states, if it gives any.

    Raises
    ------
    RnnhwError
        If the states do not fit, or a plan has not the options that it needs.
    """

    def __init__(self, encoder: Plan, decoder: Plan):
        check_handover(encoder.network, decoder.network)
        for role, plan, option in (("encoder", encoder, "read_state"), ("decoder", decoder, "load_state")):
            if not getattr(plan.hardware, option):
                raise RnnhwError(f"the {role}'s plan must be made with {option}=True")
            if plan.hardware.streams > 1:
                raise RnnhwError(f"streams of the {role} must be 1, not {plan.hardware.streams}")
        self.encoder, self.decoder = NetworkTop(encoder), NetworkTop(decoder)
        first, second = (top.signature.members for top in (self.encoder, self.decoder))
        widths = [plan.engines[0].state_width for plan in (encoder, decoder)]
        self.handover = Handover(encoder.network.state_formats, decoder.network.state_formats, *widths)
        members = {"i": first["i"], "d": second["i"], "o": second["o"]}
        self.passed = {"i": (self.encoder, "i"), "d": (self.decoder, "i"), "o": (self.decoder, "o")}
        for top, prefix, names in (
            (self.encoder, "i_", ("load", "loaded", "load_error")),
            (self.decoder, "d_", ("load", "loaded", "load_error")),
            (self.encoder, "", ("state",)),
            (self.decoder, "", ("final",)),
        ):
            for name in names:
                if name in top.signature.members:
                    members[prefix + name] = top.signature.members[name]
                    self.passed[prefix + name] = (top, name)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.encoder = self.encoder
        m.submodules.decoder = self.decoder
        m.submodules.handover = self.handover
        connect(m, self.encoder.final, self.handover.final)
        connect(m, self.handover.state, self.decoder.state)
        m.d.comb += self.encoder.o.ready.eq(1)
        for name, (top, inner) in self.passed.items():
            if self.signature.members[name].is_port:
                m.d.comb += getattr(self, name).eq(getattr(top, inner))
            elif self.signature.members[name].flow == In:
                connect(m, flipped(getattr(self, name)), getattr(top, inner))
            else:
                connect(m, getattr(top, inner), flipped(getattr(self, name)))
        return m
