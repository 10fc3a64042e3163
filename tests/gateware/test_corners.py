# amaranth: UnusedElaboratable=no
"""Networks and sequences at the edges, end to end against the golden model, to the cycle.

Very short passes bring results of passes long ago to the back pipeline while new ones are issued; wide
groups hold the front; sequences of length one never wait for a state.
"""

import numpy as np
import pytest

import rnnhw.golden  # noqa: F401  (registers the golden model)
from rnnhw.gateware import NetworkTop
from rnnhw.sim import amaranth_backend
from rnnhw.sim.stimulus import Sink, Source, Stimulus

from .plans import small_plan

SHORT = (1, 1, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 2, 2, 1, 1, 4)
SLOW = {"i_pattern": (1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1), "o_pattern": (0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)}
SLEEPY = {"o_pattern": (0,) * 23 + (1,)}
SHAPES = [  # inputs, hidden, outputs, lanes
    (1, [1], [], 4),  # the shortest pass; lanes as many as rows
    (2, [1], [], 4),
    (1, [1], [], 3),  # lanes not a multiple of four
    (1, [1], [], 1),
    (1, [2], [], 8),  # lanes more than 4 * columns: the drain holds the front
    (1, [4], [], 16),
    (1, [2], [], 5),
    (1, [1], [1], 4),  # a dense layer of one input and one output
    (1, [1], [1, 1], 4),
    (1, [1], [2, 8, 1], 8),  # inner dense layers, a wide one behind a narrow one
    (1, [2], [12, 1, 9], 12),
    (4, [1], [30], 30),  # more dense rows than anything else
    (9, [1], [1], 3),
    (1, [1, 1, 1, 1], [1], 4),  # many layers of one unit
    (1, [1, 1, 1, 1, 1, 1], [], 2),
    (1, [1, 5, 1], [], 20),
]


class Case:
    """A core, its inputs as random integers, and the steps' flags."""

    def __init__(self, seed: int, shape, mode: str, lengths=SHORT, **options):
        inputs, hidden, outputs, lanes = shape
        sizes = {"inputs": inputs, "hidden": hidden, "outputs": outputs, "mode": mode}
        self.plan = small_plan(seed, lanes=lanes, sizes=sizes, **options)
        self.network, self.lengths = self.plan.network, lengths
        self.rng = np.random.default_rng(seed)
        form = self.network.input
        self.steps = self.rng.integers(form.min_raw, form.max_raw + 1, (sum(lengths), inputs))
        self.first = np.concatenate([np.arange(length) == 0 for length in lengths]).astype(int)
        self.last = np.concatenate([np.arange(length) == length - 1 for length in lengths]).astype(int)

    def expected(self) -> tuple[list[int], list[int]]:
        """Outputs and their `last` bits, a sequence being what lies between two firsts."""
        outputs, lasts, begin = [], [], 0
        for step, (first, last) in enumerate(zip(self.first, self.last, strict=True)):
            begin = step if first else begin
            if last or self.plan.every_step:
                answer = self.network.run_raw(self.steps[None, begin : step + 1])[0].reshape(-1)
                answer = answer[-self.network.output_size :].tolist()
                outputs += answer
                lasts += [0] * (len(answer) - 1) + [int(last)]
        return outputs, lasts

    def simulate(self, first=None, last=None, i_pattern=None, o_pattern=None):
        """Run it; flags of all elements may be given (by default only where they count)."""
        steps, size = self.steps.shape
        if first is None:
            first, last = np.zeros((2, steps, size), int)
            first[:, 0], last[:, -1] = self.first, self.last
        count = len(self.expected()[0])
        limit = 50 * (self.plan.bound_cycles + self.plan.head_cycles + 60) * steps
        beats = {"data": self.steps.reshape(-1), "first": first.reshape(-1), "last": last.reshape(-1)}
        stimulus = Stimulus({"i": Source(beats, i_pattern)}, {"o": Sink(count, o_pattern)}, limit)
        return amaranth_backend.run(NetworkTop(self.plan), stimulus)


def answers(seen) -> tuple[list[int], list[int]]:
    """Outputs and their `last` bits."""
    return seen.outputs["o"].beats["data"], seen.outputs["o"].beats["last"]


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("table", ["exact", "interpolated"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_and_cycles(shape, table, mode):
    case = Case(len(str(shape)), shape, mode, table=table, update_multiplier="dsp" if shape[0] == 1 else "lut")
    run = case.plan.run(case.lengths)
    seen = case.simulate()
    assert answers(seen) == case.expected()
    assert tuple(seen.outputs["o"].cycles) == run.outputs
    size = case.network.input_size
    ends = list(zip(seen.inputs["i"][::size], seen.inputs["i"][size - 1 :: size], strict=True))
    assert ends == list(run.accepted)


@pytest.mark.parametrize("patterns", [SLOW, SLEEPY], ids=["both sides", "output"])
@pytest.mark.parametrize("shape", SHAPES[:6] + SHAPES[10:14], ids=str)
def test_stalls_of_the_outside_world(shape, patterns):
    case = Case(5, shape, "many-to-many", SHORT[:12], table="interpolated")
    seen = case.simulate(**patterns)
    assert answers(seen) == case.expected()


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", [SHAPES[k] for k in (0, 5, 7, 10, 13)], ids=str)
def test_any_flags(shape, mode):
    """`first` without a `last` before it, `last` in mid-sequence, flags on elements where they do not count."""
    case = Case(9, shape, mode, table="interpolated")
    steps, size = case.steps.shape
    first, last = case.rng.integers(0, 2, (2, steps, size))
    first[0, 0] = 0  # the first step after reset is a first one anyway
    last[-1, -1] = 1
    case.first, case.last = first[:, 0].copy(), last[:, -1]
    case.first[0] = 1
    seen = case.simulate(first, last)
    assert answers(seen) == case.expected()
    assert seen.outputs


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_last_is_never_asserted(mode):
    """Many-to-one then never answers; many-to-many answers every step, and no element is the final one."""
    case = Case(4, (2, [2], [3], 4), mode, (9,))
    case.last[:] = 0
    seen = case.simulate()
    assert answers(seen) == case.expected()
    assert len(seen.outputs) == (27 if case.plan.every_step else 0)
    assert not any(seen.lasts)


@pytest.mark.parametrize("weight_bits", [2, 16])
@pytest.mark.parametrize("activation_bits", [4, 16])
@pytest.mark.parametrize("rounding", ["half_even", "floor"])
def test_widths_at_their_limits(weight_bits, activation_bits, rounding):
    case = Case(
        6,
        (2, [2], [2], 3),
        "many-to-many",
        (3, 1, 2),
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        rounding=rounding,
        per_gate=True,
    )
    assert answers(case.simulate()) == case.expected()
