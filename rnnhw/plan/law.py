"""The cycle law as plain data, for tables, the manifest and what stands beside a core."""

from .chain import BufferPlan
from .plan import HeadPlan, Plan

LAW = (
    "cycles per step = of the slowest engine: sum over passes of row groups * column words, + stalls; "
    "row groups = ceil(rows of a pipeline / its lanes), "
    "column words = sum over the vectors that a pass reads of ceil(elements / columns per cycle)"
)


def cycle_rows(plan: Plan) -> list[dict]:
    """One row for each pass: its engine, matrix and cycles."""
    return [
        {
            "engine": engine.name,
            "layer": item.name,
            "kind": item.kind,
            "rows": item.rows,
            "columns": item.columns,
            "lanes": engine.geometry.all_lanes,
            "pipelines": engine.geometry.pipelines,
            "columns_per_cycle": engine.geometry.columns,
            "groups": item.groups,
            "words": item.words,
            "cycles": item.cycles,
            "every_step": item.recurrent or plan.every_step,
        }
        for engine in plan.engines
        for item in engine.passes
    ]


def stage_lines(plan: Plan) -> list[str]:
    """The chain of stages in words, in order."""
    lines = []
    for stage in plan.stages:
        if isinstance(stage, BufferPlan):
            played = "its last step" if stage.last_only else f"{stage.played} elements a step"
            lines.append(
                f"{stage.name}: stores sequences of at most {stage.max_steps} steps of {stage.size} elements, then "
                f"gives {played}"
            )
        elif isinstance(stage, HeadPlan):
            lines.append(f"{stage.name} of {stage.size} elements")
        else:
            shape = stage.geometry
            names = ", ".join(layer.name for layer in stage.layers)
            counts = (
                _count(shape.all_lanes, "lane"),
                f"{_count(shape.columns, 'column')} a cycle",
                _count(shape.pipelines, "pipeline"),
            )
            lines.append(f"{stage.name}: {names}; {', '.join(counts)}")
    return lines


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("s" if number > 1 else "")
