"""What follows from an analysis, in sentences."""

from rnnhw.analysis.bptt.clipping import USUAL_CHANGE
from rnnhw.analysis.bptt.truncation import TOLERANCE


def advice(result) -> list[str]:
    """What to do: one sentence each on truncation, clipping and the learning rate.

    Parameters
    ----------
    result : Bptt
    """
    return [_on_flow(result), _on_truncation(result), _on_clipping(result), _on_step(result)]


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent."""
    return f"{100 * share:.{digits}f} %"


def counted(number: int, name: str, plural: str = "s") -> str:
    """A number of things: 1 step, 2 steps."""
    return f"{number:,} {name}{plural * (number != 1)}"


def _on_flow(result) -> str:
    vanishing, exploding = result.risks["vanishing"], result.risks["exploding"]
    if exploding.level != "low":
        return (
            f"Gradients explode ({exploding.level} risk): a hundredfold after {exploding.lag:.0f} of "
            f"{exploding.steps} steps in {exploding.cell}. Clip them, and begin with smaller recurrent weights."
        )
    if vanishing.level != "low":
        remedy = {
            "rnn": "take an LSTM or a GRU, or orthogonal recurrent weights",
            "lstm": "begin with a larger bias of the forget gate",
            "gru": "begin with a larger bias of the update gate z, which keeps the state",
        }[next(flow.kind for flow in result.flows if flow.name == vanishing.cell)]
        return (
            f"Gradients vanish ({vanishing.level} risk): 1 % is left after {vanishing.lag:.0f} of {vanishing.steps} "
            f"steps in {vanishing.cell}. If what matters lies further back, {remedy}."
        )
    return f"Gradients neither vanish nor explode within {counted(vanishing.steps, 'step')}."


def _on_truncation(result) -> str:
    best, given = result.truncation.recommended, result.truncation.given
    whole = result.truncation.cuts[-1].steps
    if given is not None and given.error > TOLERANCE:
        cut = counted(given.steps, "step")
        return f"Truncated at {cut} the gradient is off by {percent(given.error)}: take {best.steps}."
    if whole == 1:
        return "Nothing is truncated of sequences of one step."
    if best.steps == whole:
        why = "gradients arrive from everywhere"
        if result.truncation.rule == "measured":
            why = f"less than {whole} steps change the gradient by more than {percent(TOLERANCE)}"
        return f"Do not truncate: {why}."
    saved = 1 - result.best.activations / result.full.activations
    saves = f", which saves {percent(saved)} of the activations" if saved else ""
    why = f"the gradient is off by {percent(best.error, 1)}, as these weights are"
    if result.truncation.rule == "lag":
        why = "from further back hardly anything arrives, as these weights are"
    return f"Truncate at {best.steps} of {whole} steps{saves}: {why}."


def _on_clipping(result) -> str:
    clipping = result.clipping
    if not clipping.recommended:
        return "No gradient arrives: there is nothing to clip."
    if clipping.given is not None:
        return f"Clipping at {clipping.given:.3g} touches {percent(clipping.clipped)} of the batches."
    return f"Clip the gradient's norm at {clipping.recommended:.3g}, and measure again after some training."


def _on_step(result) -> str:
    step = result.step
    name, change = step.largest
    rate = f"A learning rate of {step.learning_rate:g}"
    text = f"{rate} changes {name} by {percent(change, 2)} of its norm in the first step"
    if not change:
        return f"{text}: no gradient arrives."
    if step.usual_rate is None:
        return f"{text}: {step.optimiser} moves every weight alike there, whatever its gradient."
    if 0.1 <= change / USUAL_CHANGE <= 10:
        return f"{text}, which is usual."
    return f"{text}; about {percent(USUAL_CHANGE, 1)} is usual, which {step.usual_rate:.2g} would give."
