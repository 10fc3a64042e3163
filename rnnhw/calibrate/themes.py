"""What some of the training configurations have to have, so that what is rarely drawn is learned too."""

SEED = 1_000_000  # numbers of a seed
FAMILY = 100_000  # numbers of a family within a seed
PLAIN = 45  # numbers of a family from which on training configurations have a theme


def _kinds(*kinds):
    return lambda plan, link: any(engine.timing.kinds & set(kinds) for engine in plan.engines)


def _hardware(**wanted):
    return lambda plan, link: all(getattr(plan.hardware, name) == value for name, value in wanted.items())


def _made(plan, link):
    """Multipliers of adders, in more than two lanes."""
    return any(engine.lut_multipliers and engine.geometry.all_lanes > 2 for engine in plan.engines)


THEMES = (
    lambda plan, link: plan.network.head == "softmax",
    lambda plan, link: plan.buffered,
    _made,
    _hardware(weights="loadable"),
    _hardware(load_state=True),
    lambda plan, link: link == "spi",
    _kinds("gru"),
    lambda plan, link: plan.network.mode == "one-to-many",
    lambda plan, link: any(engine.geometry.columns > 1 for engine in plan.engines),
    lambda plan, link: plan.hardware.streams > 1,
    lambda plan, link: plan.network.head == "argmax",
    _hardware(registers="few"),
    _kinds("reset"),
    lambda plan, link: any(engine.lut_multipliers and engine.geometry.columns > 1 for engine in plan.engines),
    _hardware(read_state=True),
    lambda plan, link: plan.network.table.residual_bits > 0 and any(engine.uses_table for engine in plan.engines),
    lambda plan, link: link == "uart",
    lambda plan, link: any(engine.geometry.pipelines > 1 for engine in plan.engines),
    _hardware(state_memory="registers"),
    _hardware(update_multiplier="lut"),
)


def theme_of(number: int):
    """What a number's configuration has to have: a function of plan and link, or None."""
    own = number % FAMILY
    return None if number >= SEED or own < PLAIN else THEMES[(own - PLAIN) % len(THEMES)]
