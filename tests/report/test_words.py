"""The sentences of a comparison's page."""

import pytest

from rnnhw.report.comparison.words import best, glossary, summary, verified
from tests.report.documents import document

EQUAL = "every output was equal to the integer model's, bit for bit."


def three(**options):
    """Three points whose figures are round numbers."""
    made = document([(4, 4), (6, 8), (8, 8)], **options)
    figures = ((95.0, 3.5, 600, 20_000, 1000), (98.0, 0.5, 800, 30_000, 1500), (98.5, 0.0, 1000, 40_000, 2000))
    for point, (metric, loss, lut, memory, energy) in zip(made["points"], figures, strict=True):
        point.update(metric=metric, loss=loss, memory=memory, bram=4, front=True, state_bits=None)
        point.update(lut={"value": lut, "low": lut, "high": lut}, energy={"value": energy, "low": 1, "high": 9999})
        point["verified"] = {"simulator": "cxxrtl", "sequences": 50, "equal": True}
    made["metric"]["float"] = 98.5
    return made


def test_the_cheapest_that_is_good_enough():
    assert summary(three()) == [
        "Of 3 points, 6/8 (weights 6 bits, activations 8 bits) is the cheapest (by LUTs) within 0.5 percentage "
        "points of the float model: accuracy 98.00 %, float 98.50 %.",
        "Against 8/8, the widest point, it saves 20 % of the LUTs, 25 % of the weight memory and 25 % of the energy.",
    ]


def test_the_widest_is_uniform_and_alike():
    made = three()
    made["points"][2].update(layers={"lstm0": {"weight_bits": 16}})
    assert summary(made)[1:] == []
    made["points"][0].update(knobs={"lanes": 16})
    made["points"][2].update(layers={})
    assert summary(made)[1].startswith("Against 8/8, the widest point, it saves ")


def test_only_what_fits():
    made = three()
    made["points"][1]["fits"] = False
    assert best(made)["id"] == "8/8"
    assert len(summary(made)) == 1  # the widest point saves nothing


def test_none_is_good_enough():
    made = three()
    for point in made["points"]:
        point["loss"] += 1
    assert best(made) is None
    assert summary(made) == [
        "None of the 3 points is within 0.5 percentage points of the float model (accuracy 98.50 %).",
        "The closest is 8/8 with 98.50 %, 1.00 points worse.",
    ]


def test_all_refused():
    made = document([(1, 4)], refused=["1/4"])
    assert summary(made) == ["All of the 1 point were refused; the reasons are below."]
    assert best(made) is None


def test_other_metrics_may_be_worse_by_a_share():
    made = document([(4, 4), (8, 8)], task="regression", target=None, cost="memory")
    made["points"][0].update(metric=0.08, loss=0.0069)
    assert "8/8" in summary(made)[0]
    assert "within 5 % of the float model: RMSE" in summary(made)[0]
    made["points"][0].update(metric=0.074, loss=0.0009)
    assert "4/4" in summary(made)[0]


@pytest.mark.parametrize(
    ("limit", "told"),
    [({"max_loss": 0.5}, "a loss of at most 0.5 percentage points"), ({"max_cost": 900}, "at most 900 of lut")],
)
def test_what_a_search_chose(limit, told):
    made = three()
    made["auto"] = limit | {"chosen": "6/8", "tried": 1234}
    assert best(made)["id"] == "6/8"
    assert summary(made)[0] == (
        f"A search for {told} looked at 1,234 configurations and chose 6/8 (weights 6 bits, activations 8 bits): "
        "accuracy 98.00 %, float 98.50 %."
    )


def test_all_verified():
    tail = f"simulated as RTL in CXXRTL (native code) on 50 sequences each: {EQUAL}"
    made = three()
    assert verified(made) == [f"All 3 points of the front were {tail}"]
    made["points"][0]["front"] = False
    assert verified(made) == [f"All 2 points of the front and 4/4 were {tail}"]


def test_some_verified():
    made = three()
    made["points"][0]["verified"] = None
    made["points"][1]["verified"] = {"simulator": "icarus", "sequences": 1, "equal": True}
    assert verified(made) == [
        f"8/8 was simulated as RTL in CXXRTL (native code) on 50 sequences each: {EQUAL}",
        f"6/8 was simulated as RTL in Icarus Verilog on 1 sequence each: {EQUAL}",
        "On the front, but not simulated: 4/4.",
    ]


def test_none_verified():
    made = three()
    for point in made["points"]:
        point["verified"] = None
    (sentence,) = verified(made)
    assert sentence.startswith("No point was verified in RTL simulation: ")


def test_a_difference_is_told():
    """Control: what was not equal is not said to be."""
    made = three()
    made["points"][2]["verified"].update(equal=False, difference="sequence 3, step 2: 5, not 4")
    sentences = verified(made)
    assert sentences[0] == "8/8 DIFFERS from the integer model in CXXRTL (native code): sequence 3, step 2: 5, not 4."
    assert not any("All 3" in sentence for sentence in sentences)


def test_terms_that_are_used():
    names = [name for name, _ in glossary(document())]
    assert {"accuracy", "loss", "LUTs", "energy", "block RAMs", "front", "format", "SQNR of the worst layer"} <= set(
        names
    )
    assert len(set(names)) == len(names)
    bare = [name for name, _ in glossary(document(task="regression", target=None))]
    assert {"RMSE", "DSP blocks"} <= set(bare)
    assert not {"LUTs", "energy", "agreement with float"} & set(bare)
