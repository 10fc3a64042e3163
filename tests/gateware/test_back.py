# amaranth: UnusedElaboratable=no
"""The back (drain, pipelines, carry memories, answer queue) against the cells' equations, unit by unit."""

import numpy as np
import pytest

from rnnhw.gateware.back import Back
from tests.networks import CELLS

from .back_model import KEPT, BackModel, draw_group
from .plans import small_engine
from .stepper import play

CASES = [  # sizes, hardware
    ({"hidden": [3], "outputs": [], "kinds": ["lstm"]}, {"lanes": 5, "pipelines": 1}),
    ({"hidden": [5], "outputs": [3], "kinds": ["gru"]}, {"lanes": 6, "pipelines": 2}),
    ({"hidden": [4, 3], "outputs": [], "kinds": ["gru-before"]}, {"lanes": 4, "pipelines": 3, "streams": 2}),
    ({"hidden": [4, 3], "outputs": [5, 2], "kinds": ["rnn-relu", "rnn-tanh"]}, {"lanes": 3, "pipelines": 1}),
    ({"hidden": [3, 4, 3, 5], "outputs": [2], "kinds": CELLS}, {"lanes": 3, "pipelines": 2, "streams": 3}),
    ({"hidden": [2, 3], "outputs": [2], "kinds": ["lstm", "gru"]}, {"lanes": 4, "update_multiplier": "lut"}),
]


def make(case: int, mode: str, registers: str = "few", **options):
    sizes, hardware = CASES[case]
    return small_engine(case, {"inputs": 2, "mode": mode} | sizes, hardware | {"registers": registers}, **options)


class Script:
    """Groups of sums for some steps, and what must come of them."""

    def __init__(self, plan, seed: int, steps: int):
        self.plan, self.rng, self.model = plan, np.random.default_rng(seed), BackModel(plan)
        self.groups, self.rounds, self.answers = [], [], []
        streams = plan.hardware.streams
        seen = set()
        for _ in range(steps):
            tag = {name: int(self.rng.integers(2)) for name in KEPT}
            tag["stream"] = int(self.rng.integers(streams))
            tag["zero"] |= tag["stream"] not in seen
            seen.add(tag["stream"])
            self._step(tag)

    def _step(self, tag) -> None:
        plan, answer = self.plan, []
        for number, item in enumerate(plan.passes):
            if not (item.recurrent or plan.every_step or tag["last"]):
                break
            rows = self._groups(number, item, tag)
            for round_ in range(item.rounds):
                self.rounds.append((number, self._round(number, item, tag, round_, rows)))
                if item.final and (plan.every_step or tag["last"]):
                    answer += [value for value in self.rounds[-1][1] if value is not None]
        first = tag["first"] if plan.every_step else 1
        for k, value in enumerate(answer):
            flags = int(first and k == 0), int(tag["last"] and k == len(answer) - 1)
            self.answers.append((value, *flags, tag["stream"])[: 3 + (plan.hardware.streams > 1)])

    def _groups(self, number: int, item, tag):
        """The pass's groups; returns (sum, part) by pipeline and row."""
        shape, rows = self.plan.geometry, {}
        for group in range(item.groups):
            sums, parts = draw_group(self.rng, self.plan, item)
            waits = item.kind in ("dense", "candidate") or not tag["zero"]  # as their columns do
            fields = {"number": number, "final": int(group == item.groups - 1)} | tag
            self.groups.append((fields, sums, parts, len(self.rounds) if waits else 0))
            for lane, pair in enumerate(zip(sums, parts, strict=True)):
                rows[lane // shape.lanes, group * shape.lanes + lane % shape.lanes] = pair
        return rows

    def _round(self, number: int, item, tag, round_: int, rows):
        values, gates, pipelines = [], len(item.gates), self.plan.geometry.pipelines
        for pipeline in range(pipelines):
            unit = round_ * pipelines + pipeline
            if unit >= item.units:
                values.append(None)
                continue
            pairs = [rows[pipeline, round_ * gates + gate] for gate in range(gates)]
            sums, parts = zip(*pairs, strict=True)
            values.append(self.model.unit(number, unit, tag["stream"], tag["zero"], sums, parts))
        return values


def ports(dut, plan):
    """Inputs and outputs."""
    lanes, pipelines, payload = plan.geometry.all_lanes, plan.geometry.pipelines, dut.o.payload
    inputs = [dut.capture, *[dut.capture_tag[f] for f in ("number", "final", *KEPT)]]
    inputs += [word[k] for word in (dut.sums, dut.parts) for k in range(lanes)] + [dut.reserve, dut.o.ready]
    outputs = [dut.free, dut.written, dut.tag.number, dut.room, dut.o.valid, payload.last, payload.first, payload.data]
    outputs += [payload.stream] if plan.hardware.streams > 1 else []
    return inputs, outputs + [dut.results[k] for k in range(pipelines)]


def check(plan, seed: int, steps: int, chances, error: int = 0) -> int:
    """`chances` of a pause before a group, and of a consumer that waits."""
    script, rng, dut = Script(plan, seed, steps), np.random.default_rng(seed + 1), Back(plan)
    groups, rounds, answers = list(script.groups), list(script.rounds), list(script.answers)
    finals = [number for number, item in enumerate(plan.passes) if item.final]
    pipelines, lanes = plan.geometry.pipelines, plan.geometry.all_lanes

    idle = {"number": 0, "final": 0} | dict.fromkeys(KEPT, 0), None, None, 0

    def actor():
        waiting = wait = pending = quiet = 0
        while groups or rounds or answers or quiet < 10:
            quiet = 0 if groups or rounds or answers else quiet + 1
            tag, sums, parts, needed = groups[0] if groups else idle
            answering = tag["number"] == finals[0] and (plan.every_step or tag["last"])
            begins = bool(groups) and answering and waiting == 0
            wait -= wait > 0
            room = pending < 2 or not begins
            there = len(script.rounds) - len(rounds) >= needed
            capture = int(bool(groups) and wait == 0 and room and there)
            reserve = int(capture and begins)
            ready = int(rng.random() >= chances[1])
            noise = rng.integers(-8, 8, (2, lanes)).tolist()
            sums, parts = (sums, parts) if capture else noise
            seen = yield (capture, *tag.values(), *sums, *parts, reserve, ready)
            free, written, number, has_room, valid, last, first, data, *rest = seen
            assert has_room == (pending < 2)
            if written:
                wanted_number, wanted = rounds.pop(0)
                assert number == wanted_number
                outputs = rest[-pipelines:]
                for value, result in zip(wanted, outputs, strict=True):
                    bits = plan.network.config.activation_bits
                    kept = result if value is None or plan.passes[number].kind != "dense" else value
                    assert value is None or (kept == value + error and (value - result) % (1 << bits) == 0)
            if valid and ready:
                assert (data, first, last, *rest[:-pipelines]) == answers.pop(0)
                ends = len(answers) % plan.answer_size == 0
                pending -= ends
            pending += reserve
            waiting = 1 if reserve else waiting
            if capture and free:
                if tag["number"] == finals[-1] and tag["final"]:
                    waiting = 0
                groups.pop(0)
                wait = int(rng.integers(1, 20)) if rng.random() < chances[0] else 0

    play(dut, *ports(dut, plan), actor(), limit=20_000)
    return len(script.rounds)


@pytest.mark.parametrize("chances", [(0, 0), (0.3, 0.5)])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_results(case, mode, chances):
    assert check(make(case, mode), case, 12, chances) > 12


@pytest.mark.parametrize("case", range(len(CASES)))
def test_results_with_many_registers(case):
    mode, chances = ("many-to-one", (0.3, 0.5)) if case % 2 else ("many-to-many", (0, 0))
    assert check(make(case, mode, "many"), case, 12, chances) > 12


@pytest.mark.parametrize("bits", [4, 16])
@pytest.mark.parametrize("rounding", ["floor", "half_even"])
@pytest.mark.parametrize("case", [0, 1, 2, 4])
def test_widths_and_roundings(case, rounding, bits):
    plan = make(case, "many-to-many", activation_bits=bits, weight_bits=bits, rounding=rounding)
    check(plan, case, 8, (0.2, 0))


@pytest.mark.parametrize("registers", ["few", "many"])
def test_results_are_compared(registers):
    """Control."""
    with pytest.raises(AssertionError):
        check(make(0, "many-to-many", registers), 0, 3, (0, 0), error=1)
