"""All configurations one by one, through nothing but `make_plan`: what a search is held against."""

from itertools import product

from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, estimate, for_device
from rnnhw.estimate.costs import Costs
from rnnhw.estimate.fitted import Fitted
from rnnhw.plan import Hardware, balance, make_plan
from rnnhw.search.figures import share
from rnnhw.search.latency import inference_cycles
from rnnhw.search.measures import Measures
from rnnhw.search.space import OTHER_KNOBS


def pretended_costs(plan, device, link="none"):
    """A made-up model in which every knob costs something, and few registers or wide adder trees cost clock."""
    lut, ff, delay = 300.0 if link == "none" else 700.0, 500.0, 6.0
    for engine in plan.engines:
        shape, options = engine.geometry, engine.hardware
        count = shape.all_lanes * shape.columns
        lut += 30 * shape.all_lanes + 150 * shape.pipelines + count * (90 if engine.lut_multipliers else 3)
        lut += 120 * shape.pipelines * (options.update_multiplier == "lut")
        ff += (40 if options.registers == "many" else 15) * (shape.all_lanes + 4 * shape.pipelines)
        ff += sum(use.bits for use in engine.memories.values() if use.style == "registers")
        slow = 0.2 * shape.columns + 0.02 * shape.all_lanes + (0 if options.registers == "many" else 6)
        delay = max(delay, 6.0 + slow + engine.lut_multipliers)
    cells = Fitted(lut + ff / 4, 0.9 * (lut + ff / 4), 1.1 * (lut + ff / 4)) if device.family == "ice40" else None
    clock = None if device.family == "xilinx" else Fitted(1000 / delay, 800 / delay, 1200 / delay)
    return Costs(Fitted(lut, 0.9 * lut, 1.1 * lut), Fitted(ff, 0.95 * ff, 1.05 * ff), cells, clock, ())


def every(qnet, device, *, link="none", length=None, engines=(1,), fixed=None, most=12):
    """(options, measures) of each configuration that fits a device; several engines have at most `most` multipliers."""
    fixed = fixed or {}
    rows = max(w.shape[0] for layer in qnet.layers for w in _weights(layer))
    others = [(fixed[k],) if k in fixed else values for k, values in OTHER_KNOBS.items()]
    for number, *chosen in product(engines, *others):
        options = {**fixed, **dict(zip(OTHER_KNOBS, chosen, strict=True)), "engines": number}
        if options["state_memory"] == "lut" and not DEVICES[device.name].lut_ram:
            continue
        for hardware in _shapes(qnet, options, rows, most):
            plan = for_device(make_plan(qnet, hardware), device)
            measures = measured(plan, device, link, length)
            if measures is not None:
                yield hardware, measures


def measured(plan, device, link, length):
    """The measures of a plan, None if it does not fit."""
    figures = estimate(plan, device, link=link)
    if not figures.fits:
        return None
    clock = figures.clock_mhz
    return Measures(
        plan.cycles_per_step,
        inference_cycles(plan, length),
        None if clock is None else clock.value,
        max(map(share, figures.needs)),
        figures.lut.value,
        not figures.uncertain,
    )


def _weights(layer):
    return [layer.weight_raw] if layer.kind == "dense" else [cell.weight_ih_raw for cell in layer.cells]


def _shapes(qnet, options, rows, most):
    """Options with every number of lanes, columns and pipelines; of several engines those of `balance`."""
    columns = max([qnet.input_size, *(size for layer in qnet.layers for size in (layer.output_size,))])
    for width in range(1, columns + 1):
        several = not isinstance(options["engines"], int)
        for count in range(1, (most if several else rows) + 1):
            for pipelines in ("auto",) if several else ("auto", *range(1, rows + 1)):
                more = options | {"columns_per_cycle": width, "pipelines": pipelines}
                try:
                    hardware = balance(qnet, count, **more) if several else Hardware(lanes=count, **more)
                    make_plan(qnet, hardware)
                except RnnhwError:
                    continue
                yield hardware
