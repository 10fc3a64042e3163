"""What the activation tables are apart from accurate: symmetric, monotone, packed, the same everywhere."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, build_table, preactivation_formats

from .activation_truth import top_magnitude

SIGMOIDS, TANHS = ("logistic", "hard", "hard-0.2"), ("tanh", "hard")
CURVES = [(sigmoid, tanh) for sigmoid in SIGMOIDS for tanh in TANHS]
CASES = [
    *[("exact", bits, *curves) for curves in CURVES for bits in (range(4, 14) if curves == CURVES[0] else (4, 8, 9))],
    *[
        ("interpolated", bits, *curves)
        for curves in CURVES
        for bits in (range(4, 17) if curves == CURVES[0] else (4, 5, 11, 12))
    ],
]
WORD_BITS = (6, 9, 12)  # output bits, of exact and of interpolated tables
SUM_OF_WORDS = "import hashlib\nfrom rnnhw.fixedpoint import build_table\n" + (
    f"words = [build_table('auto', n, sigmoid=s, tanh=t).words for s, t in {CURVES} for n in {WORD_BITS}]\n"
    "print(hashlib.sha256(repr(words).encode()).hexdigest())"
)
# what every machine has to make of them
WORDS_SHA256 = "cde08c6b57c8d2365b3c0adff06198c64d759c72ff8fec1a78eb34fa69e5a955"


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def table(request):
    kind, bits, sigmoid, tanh = request.param
    return build_table(kind, bits, sigmoid=sigmoid, tanh=tanh)


def inputs(table) -> np.ndarray:
    top = top_magnitude(table.output_bits)
    return np.arange(-top, top + 1)


def test_tanh_is_odd_and_the_sigmoid_symmetric(table):
    z_raw, one = inputs(table), 2**table.output_bits
    tanh, sigmoid = table.tanh(z_raw), table.sigmoid(z_raw)
    assert (tanh == -tanh[::-1]).all()
    assert tanh[z_raw == 0].tolist() == [0]
    assert sigmoid[z_raw == 0].tolist() == [one // 2]
    total, clipped = sigmoid + sigmoid[::-1], (sigmoid == one - 1) | (sigmoid[::-1] == one - 1)
    assert (total[~clipped] == one).all()
    assert ((total[clipped] == one) | (total[clipped] == one - 1)).all()
    assert np.count_nonzero(~clipped) >= one // 2


def test_outputs_are_monotone_and_fit_their_formats(table):
    z_raw, bits = inputs(table), table.output_bits
    assert table.sigmoid_format == QFormat(bits, bits, signed=False)
    assert table.tanh_format == QFormat(bits, bits - 1)
    for outputs, form in (
        (table.sigmoid(z_raw), table.sigmoid_format),
        (table.tanh(z_raw), table.tanh_format),
    ):
        assert (np.diff(outputs) >= 0).all()
        assert outputs.min() >= form.min_raw
        assert outputs.max() == form.max_raw


def test_tails_stay_within_half(table):
    magnitude = np.arange(top_magnitude(table.output_bits) + 1)
    for tanh in (False, True):
        tail = table.tail(magnitude, tanh)
        assert tail[0] == tail.max() == 2 ** (table.output_bits - 1)
        assert tail.min() >= 0


def test_the_words_alone_give_the_tails(table):
    """As the hardware does it: address, base in the low bits, slope above."""
    magnitude = np.arange(top_magnitude(table.output_bits) + 1)
    words, low_bits, word_bits = table.words, table.base_width, table.word_width
    assert len(words) == len(table.bases) == len(table.slopes)
    assert len(words) == 2 ** (table.input_width - 1 - table.residual_bits) * (1 if table.shared else 2)
    assert all(0 <= word < 2**word_bits for word in words)
    assert word_bits == low_bits + table.slope_width
    assert max(word >> low_bits for word in words).bit_length() == table.slope_width
    assert max(word % 2**low_bits for word in words).bit_length() == low_bits
    for tanh in (False, True):
        expected = table.tail(magnitude, tanh).tolist()
        half = len(words) // 2 if tanh and not table.shared else 0
        for m in [*range(300), *np.random.default_rng(3).choice(magnitude, 300).tolist(), int(magnitude[-1])]:
            if m > magnitude[-1]:
                continue
            word, rest = words[half + (m >> table.residual_bits)], m % 2**table.residual_bits
            base, slope = word % 2**low_bits, word // 2**low_bits
            assert (base * 2**table.base_shift - slope * rest) // 2**table.guard_bits == expected[m]


def test_exact_tables_have_no_slope():
    for bits in range(4, 14):
        table = build_table("exact", bits)
        assert (table.residual_bits, table.slope_width, set(table.slopes)) == (0, 0, {0})
        assert table.words == table.bases


def test_interpolated_tables_are_small():
    segments = {bits: len(build_table("interpolated", bits).words) for bits in range(4, 17)}
    assert all(count.bit_count() == 1 for count in segments.values())
    assert (segments[8], segments[12], segments[16]) == (16, 128, 512)


def test_auto_goes_by_the_width_of_the_preactivation():
    for bits in range(4, 17):
        table = build_table("auto", bits)
        assert table.kind == ("exact" if table.input_width <= 11 else "interpolated")
        assert table == build_table(table.kind, bits)
    assert build_table("auto", 9).kind == "exact"
    assert build_table("auto", 10).kind == "interpolated"


def test_preactivation_formats():
    for bits in range(4, 17):
        sigmoid, tanh = preactivation_formats(bits)
        assert sigmoid.width == tanh.width == bits + (2 if bits < 12 else 3)
        assert sigmoid.symmetric
        assert tanh.symmetric
        reach = 8 if bits < 12 else 16
        assert sigmoid.max_raw + 1 == reach * 2**sigmoid.frac
        assert tanh.max_raw + 1 == reach // 2 * 2**tanh.frac


@pytest.mark.parametrize("kind", ["exact", "interpolated"])
def test_slopes_of_the_hard_sigmoid(kind):
    sixth, fifth = (build_table(kind, 8, sigmoid=name) for name in ("hard", "hard-0.2"))
    z_raw = np.array([-192, -160, -64, 0, 64, 160, 192])  # -3, -2.5, -1, 0, 1, 2.5, 3
    assert sixth.sigmoid(z_raw).tolist() == [0, 21, 85, 128, 171, 235, 255]
    assert fifth.sigmoid(z_raw).tolist() == [0, 0, 77, 128, 179, 255, 255]
    assert sixth != fifth


@pytest.mark.parametrize("kind", ["exact", "interpolated"])
@pytest.mark.parametrize("curves", CURVES, ids=str)
def test_each_function_has_its_own_curve(kind, curves):
    """Mixed as they may be: sigma of the table with the same sigma, tanh of the one with the same tanh."""
    sigmoid, tanh = curves
    table = build_table(kind, 9, sigmoid=sigmoid, tanh=tanh)
    assert table.shared == (curves == ("logistic", "tanh"))
    assert table == build_table(kind, 9, sigmoid=sigmoid, tanh=tanh)
    z_raw = inputs(table)
    limit = 0 if kind == "exact" else 2  # segments may differ in length
    assert np.abs(table.sigmoid(z_raw) - build_table(kind, 9, sigmoid=sigmoid).sigmoid(z_raw)).max() <= limit
    assert np.abs(table.tanh(z_raw) - build_table(kind, 9, tanh=tanh).tanh(z_raw)).max() <= limit
    assert set(table.error_ulp) == {"sigmoid", "tanh"}


def test_halves_of_an_exact_table():
    both = build_table("exact", 8, sigmoid="hard", tanh="tanh")
    assert both.words[512:] == build_table("exact", 8).words
    assert both.words[:512] == build_table("exact", 8, sigmoid="hard", tanh="hard").words[:512]
    assert len(both.words) == 1024


def test_the_same_words_in_another_process():
    own = [build_table("auto", n, sigmoid=s, tanh=t).words for s, t in CURVES for n in WORD_BITS]
    digest = hashlib.sha256(repr(own).encode()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", SUM_OF_WORDS],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == digest == WORDS_SHA256


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "message"),
    [
        (("soft", 8), {}, RnnhwError, "table must be one of auto, exact, interpolated, not 'soft'"),
        (("hard", 8), {}, RnnhwError, "table must be one of auto, exact, interpolated, not 'hard'"),
        (("auto", 3), {}, RnnhwError, "output_bits must be in 4..16, not 3"),
        (("auto", 17), {}, RnnhwError, "output_bits must be in 4..16, not 17"),
        (("auto", 8.0), {}, TypeError, "output_bits must be an integer, not 8.0"),
        (
            ("auto", 8),
            {"sigmoid": "hard-0.3"},
            RnnhwError,
            "sigmoid must be one of logistic, hard, hard-0.2, not 'hard-0.3'",
        ),
        (("auto", 8), {"tanh": "logistic"}, RnnhwError, "tanh must be one of tanh, hard, not 'logistic'"),
    ],
)
def test_refusals(arguments, options, kind, message):
    with pytest.raises(kind) as caught:
        build_table(*arguments, **options)
    assert str(caught.value) == message
