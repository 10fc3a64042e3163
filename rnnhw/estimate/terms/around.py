"""Terms of what stands around the engines: buffers, heads, streams, the loader and the host link."""

from rnnhw.plan import BufferPlan, HeadPlan, Plan
from rnnhw.plan.loading import loaded_memories

from .memories import memory_terms
from .sizes import bits


def sequence_buffer(stage: BufferPlan, family: str) -> dict[str, float]:
    """Stores whole sequences."""
    use = stage.memories["elements"]
    return {
        "one": 1,
        "address": bits(use.depth),
        "pieces": len(stage.pieces),
        "piece address": len(stage.pieces) * bits(use.depth),
        "steps": bits(stage.max_steps + 1),
        "size": bits(stage.size),
        "width": stage.width,
        "last only": int(stage.last_only),
    } | memory_terms(use, family)


def head(stage: HeadPlan, plan: Plan, family: str) -> dict[str, float]:
    """Argmax or softmax."""
    streams = plan.hardware.streams
    if stage.name == "argmax":
        return {
            "argmax": 1,
            "argmax width": stage.source.width,
            "argmax index": bits(stage.size),
            "argmax streams": bits(streams),
        }
    tables = stage.tables
    factor = tables.e_frac + 2
    terms = {
        "softmax": 1,
        "softmax width": stage.source.width,
        "softmax factor": factor,
        "softmax index": bits(stage.size),
        "softmax streams": bits(streams),
    }
    if family == "ice40" and factor > 16:
        terms["softmax tiles"] = factor
    for use in stage.memories.values():
        for term, value in memory_terms(use, family).items():
            terms[term] = terms.get(term, 0) + value
    return terms


def feedback(plan: Plan) -> dict[str, float]:
    """Answers that are the next inputs."""
    network = plan.network
    if network.mode != "one-to-many":
        return {}
    return {
        "one": 1,
        "width": network.result.width,
        "counter": bits(network.output_size),
        "steps": bits((network.steps or 1) + 1),
    }


def weight_loader(plan: Plan) -> dict[str, float]:
    """Takes an image of all memories."""
    if plan.hardware.weights != "loadable":
        return {}
    uses = {engine.name: engine.memories for engine in plan.engines}
    memories = [uses[engine][name] for engine, name in loaded_memories(plan)]
    widest, depths = max(use.width for use in memories), [use.depth for use in memories]
    return {
        "one": 1,
        "word": widest,
        "addresses": sum(bits(depth) for depth in depths),
    }


def state_streams(plan: Plan) -> dict[str, float]:
    """Splits and joins the streams of states."""
    engines = plan.engines
    loading = [engine for engine in engines if engine.loads_state and engine.hardware.load_state]
    reading = [engine for engine in engines if engine.reads_state]
    terms = {}
    for name, group in (("split", loading), ("join", reading)):
        if group:
            total = sum(part.length for engine in group for part in engine.state_parts)
            terms |= {name: 1, f"{name} parts": len(group) - 1, f"{name} counter": bits(total) * (len(group) > 1)}
            terms[f"{name} width"] = group[0].state_width * (len(group) > 1)
    return terms


def top(plan: Plan) -> dict[str, float]:
    """What stands in no module."""
    pipelines = sum(engine.geometry.pipelines for engine in plan.engines)
    return {"one": 1, "counts": plan.hardware.count_saturations * pipelines, "width": plan.network.output.width}


def host_link(plan: Plan, link: str, family: str) -> dict[str, float]:
    """Framing, checks, counters, reset, and the pins."""
    network, hardware = plan.network, plan.hardware
    width = plan.engines[0].state_width
    return {
        "one": 1,
        "spi": int(link == "spi"),
        "sizes": bits(network.input_size) + bits(network.output_size),
        "streams": int(hardware.streams > 1),
        "state": int(hardware.load_state),
        "state width": width * hardware.load_state,
        "final": int(hardware.read_state),
        "load": int(hardware.weights == "loadable"),
        "bytes": int(network.input.width > 8) + int(network.output.width > 8),
    }
