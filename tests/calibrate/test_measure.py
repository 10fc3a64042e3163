"""Where cells of a netlist belong, and what a measurement depends on."""

import pytest

from rnnhw.calibrate.draw import draw
from rnnhw.calibrate.measure import Task, figures, owner
from rnnhw.estimate import find_device, estimate
from rnnhw.estimate.terms import MODULES, module_of

CELLS = {
    "core": "$scopeinfo",
    "core.engine": "$scopeinfo",
    "core.engine.back": "$scopeinfo",
    "core.engine.back.pipeline_0": "$scopeinfo",
    "core.engine.back.pipeline_1": "$scopeinfo",
    "core.engine.back.pipeline_1.chain": "$scopeinfo",
    "core.engine.back.pipeline_0.sum_LUT4_Z": "LUT4",
    "core.engine.back.pipeline_1.sum_LUT4_Z": "LUT4",
    "core.engine.back.pipeline_1.chain.captured_3_TRELLIS_FF_Q": "TRELLIS_FF",
    "core.engine.back.pipeline_1.chain.total_CCU2C_S0": "CCU2C",
    "core.engine.sequencer_like": "LUT4",
    "o_valid_LUT4_Z": "LUT4",
    "core.engine.words.0.0": "DP16KD",
}


def test_cells_go_to_the_module_that_they_are_named_after():
    found = figures({name: {"type": kind} for name, kind in CELLS.items()})
    assert found["scopes"] == {
        "": [1, 0],
        "core.engine": [1, 0],
        "core.engine.back.pipeline": [2, 0],
        "core.engine.back.pipeline.chain": [2, 1],
    }
    assert (found["lut"], found["ff"], found["block_ram"], found["dsp"]) == (6, 1, 1, 0)


def test_a_name_that_only_begins_like_a_module_is_none_of_its():
    assert owner("core.engine.sequencer_like", {"core.engine", "core.engine.sequencer"}) == "core.engine"


@pytest.mark.parametrize(
    ("scope", "module"),
    [
        ("", "top"),
        ("core", "top"),
        ("core.engine0.mac_array.multiplier", "MAC array"),
        ("engine.back.pipeline.chain", "sum chain"),
        ("engine.back.pipeline.lstm_update.to_c", "cell update"),
        ("engine2.back.queue.banks", "answers"),
        ("core_link.requests.receiver", "host link"),
        ("softmax.exponential", "head"),
        ("engine.state_memory", "state memory"),
        ("engine.state_load", "state control"),
    ],
)
def test_modules(scope, module):
    assert module_of(scope) == module
    assert module in MODULES


@pytest.mark.parametrize("family", ["ice40", "ecp5"])
def test_a_measurement(family, yosys):
    """A real one: all cells are of some module, and the blocks are those that are estimated."""
    device = find_device(family)
    drawn = draw(5, device)
    found = Task(drawn, family, route=False).run()
    assert sum(lut for lut, _ in found["scopes"].values()) == found["lut"] > 100
    assert sum(ff for _, ff in found["scopes"].values()) == found["ff"] > 100
    figures = estimate(drawn.design.plan, device, link=drawn.link)
    assert (figures.dsp, figures.bram) == (found["dsp"], found["block_ram"])
    assert "mhz" not in found
    named = sum(lut for scope, (lut, _) in found["scopes"].items() if module_of(scope) != "top")
    assert named > 0.8 * found["lut"]


def test_keys_tell_measurements_apart():
    device = find_device("ecp5")
    first, second = draw(5, device), draw(8, device)
    keys = {Task(first, "ecp5").key, Task(second, "ecp5").key, Task(first, "ecp5", route=False).key}
    keys.add(Task(first, "gowin").key)
    assert len(keys) == 4
    assert Task(draw(5, device), "ecp5").key in keys
