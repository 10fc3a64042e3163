"""What stands in a diagram is what the plan says."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import rnnhw
from rnnhw import Design
from rnnhw.network import LSTM, Dense, Network
from rnnhw.plan import BufferPlan, EnginePlan
from rnnhw.report.diagram import engine_diagram

from .cores import PLANS

SVG = "{http://www.w3.org/2000/svg}"


def words(plan, narrow):
    """All text of a diagram, in its order."""
    tree = ElementTree.fromstring(engine_diagram(plan, narrow))
    return " ".join(item.text for item in tree.iter(f"{SVG}text")).replace("\u00d7", "x")


def memory(use):
    several = f"{use.count} of " if use.count > 1 else ""
    return f"{several}{use.depth:,} x {use.width:,} bits"


def said_of(plan, engine):
    """What has to be there of an engine."""
    shape, config, answer = engine.geometry, engine.network.config, engine.answer_format.width
    yield f"{shape.all_lanes:,} lane"
    yield f"on {shape.pipelines} pipeline"
    yield f"{shape.columns} column"
    yield f"{shape.all_lanes * shape.columns:,} multiplier"
    yield f"of {config.weight_bits} x {engine.element_bits} bits"
    yield f"accumulators {engine.accumulator_bits} bits"
    yield f"made of {'adders' if engine.lut_multipliers else 'DSP blocks'}"
    yield f"{engine.input_size} element"
    yield f"{engine.answer_size} x {answer} bits queue"
    yield from (memory(use) for use in engine.memories.values())
    for item in engine.passes:
        yield f"{item.rows:,} x {item.columns:,}"
        yield f"{item.groups:,} x {item.words:,}"
        yield f"{item.cycles:,}"
        kinds = {"lstm": "3 products", "gru": "2 products", "reset": "2 products"}
        yield kinds.get(item.kind, item.name)


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", PLANS)
def test_sizes_are_those_of_the_plan(name, narrow):
    plan, network = PLANS[name], PLANS[name].network
    text = words(plan, narrow)
    wanted = [f"{network.input_size} x {network.input.width} bits a step"]
    wanted += [f"{network.output_size} x {network.output.width} bits a s"]
    wanted += [f"{plan.bound_cycles:,} multiplying", f"{plan.latency_cycles:,} cycles"]
    for stage in plan.stages:
        if isinstance(stage, EnginePlan):
            wanted += said_of(plan, stage)
        else:
            wanted += [memory(use) for use in stage.memories.values()]
            if isinstance(stage, BufferPlan):
                wanted.append(f"stores {stage.max_steps} step")
            else:
                wanted.append(f"{stage.name} of {stage.size} x {stage.source.width} bits")
    missing = [part for part in wanted if part not in text]
    assert not missing
    assert len(wanted) > 20
    assert text.count("engine") >= len(plan.engines)


def numbers(plan):
    """All that a plan counts."""
    network = plan.network
    yield from (plan.cycles_per_step, plan.bound_cycles, plan.stall_cycles, plan.head_cycles, plan.latency_cycles)
    yield from (plan.load_cycles, plan.hardware.streams, network.steps, network.input_size, network.output_size)
    yield from (network.input.width, network.output.width)
    for use in plan.memories.values():
        yield from (use.depth, use.width, use.count, use.bits, use.bits / 1000)
    for stage in plan.stages:
        if not isinstance(stage, EnginePlan):
            yield from (stage.size, getattr(stage, "max_steps", 0), getattr(stage, "played", 0))
            yield getattr(stage, "width", 0) or stage.source.width
            continue
        shape, config = stage.geometry, stage.network.config
        yield from (shape.all_lanes, shape.columns, shape.pipelines, shape.all_lanes * shape.columns)
        yield from (config.weight_bits, config.activation_bits, config.activation_bits + 1, config.cell_bits)
        yield from (stage.element_bits, stage.accumulator_bits, stage.input_size, stage.answer_size)
        yield from (stage.answer_format.width, stage.network.preactivations[0].width, stage.takes.width)
        busy = sum(item.cycles for item in stage.passes if item.recurrent or plan.every_step)
        yield plan.cycles_per_step - busy
        for item in stage.passes:
            yield from (item.rows, item.columns, item.groups, item.words, item.cycles, item.layer.output.width)


def strange(text, plan):
    """Numbers of a text that the plan does not have."""
    allowed = {2.0, 3.0} | {round(float(number), 1) for number in numbers(plan) if number is not None}
    without = re.sub(r"\b[a-z]+\d+\w*", "", text)  # names of layers and engines
    found = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", without)]
    assert len(found) > 20
    return [number for number in found if round(number, 1) not in allowed]


@pytest.mark.parametrize("name", PLANS)
def test_no_number_is_made_up(name):
    text = words(PLANS[name], False)
    assert strange(text, PLANS[name]) == []
    assert strange(text.replace("accumulators ", "accumulators 7"), PLANS[name]) != []  # control


def test_boxes_are_those_of_the_cells():
    seen = {name: words(PLANS[name], False) for name in PLANS}
    assert "c' = i·g + f·c" in seen["lstm"]
    assert "n = tanh(a + r·p)" in seen["gru"]
    assert "s = r·h" in seen["gru, reset before"]
    for name in ("rnn", "relu"):
        assert "cell update" not in seen[name]
    assert "activation" not in seen["relu"]
    assert seen["both ways"].count("sequence buffer") == 2
    assert "weights first: " in seen["two engines"]
    assert "state in final state out" in seen["two engines"]
    assert "3 sequences in turn" in seen["rnn"]
    heads = [plan.network.head for plan in PLANS.values()]
    assert {"argmax", "softmax"} <= set(heads)


def test_a_description_and_no_colour_of_its_own():
    for name, plan in PLANS.items():
        svg = engine_diagram(plan)
        tree = ElementTree.fromstring(svg)
        assert tree.get("role") == "img"
        assert tree.get("aria-label").startswith(f"Block diagram of a core of {len(plan.engines)} engine"), name
        assert f"{plan.bound_cycles:,} multiplying" in tree.get("aria-label")
        assert set(re.findall(r'fill="([^"]+)"', svg)) <= {
            "none",
            "currentColor",
            "var(--diagram-memory, #d97706)",
            "var(--diagram-arithmetic, #2563eb)",
        }
        assert engine_diagram(plan) == svg


def test_a_long_name_is_cut():
    rng = np.random.default_rng(0)
    lstm = LSTM(rng.normal(size=(8, 1)), rng.normal(size=(8, 2)), rng.normal(size=8), name=60 * "long")
    network = Network([lstm, Dense(rng.normal(size=(1, 2)), np.zeros(1), name="fc")], "many-to-one", "odd")
    plan = Design(rnnhw.quantize(network, rng.normal(size=(2, 4, 1)))).plan
    for narrow in (False, True):
        text = words(plan, narrow)
        assert "longlong" in text
        assert text.count("\u2026") == 2  # in the engine's title and in the table
        assert 60 * "long" not in text
