"""An analysis of training through time as tables for the terminal."""

import math

from rich.table import Table

from rnnhw.analysis.bptt import Bptt
from rnnhw.analysis.bptt.advice import counted, percent
from rnnhw.analysis.bptt.clipping import RULES as CLIPPING_RULES
from rnnhw.analysis.bptt.growth import ROUNDING, Flow, Spread, lag_marks
from rnnhw.analysis.bptt.risk import RULES, SOURCES
from rnnhw.analysis.bptt.truncation import RULES as TRUNCATION_RULES
from rnnhw.estimate.report_table import headed

from .units import amount


def bptt_tables(result: Bptt) -> list[Table]:
    """Flow of gradients, gain by lag, risks, truncations, clipping and the first step."""
    return [_flows(result), _gains(result), _risks(result), _truncations(result), _norms(result)]


def cells_table(results: dict[str, Bptt]) -> Table:
    """Growth and lags of several networks side by side, each by its cell in which gradients vanish first."""
    table = headed("Side by side: the same sizes with other cells", "figure", *(f">{name.upper()}" for name in results))
    flows = [_first(result) for result in results.values()]
    table.add_row("gain per step", *(f"{flow.growth.median:.3f}" for flow in flows))
    table.add_row("lag of 1 %", *(_lag(flow) for flow in flows))
    for kind in RULES:
        table.add_row(f"risk: {kind}", *(result.risks[kind].level for result in results.values()))
    table.add_row("recommended truncation", *(f"{result.truncation.recommended.steps}" for result in results.values()))
    table.add_row("recommended clipping norm", *(f"{result.clipping.recommended:.3g}" for result in results.values()))
    table.add_row("activations, full", *(amount(result.full.activations, "B") for result in results.values()))
    return table


def _first(result: Bptt) -> Flow:
    return next(flow for flow in result.flows if flow.name == result.risks["vanishing"].cell)


def _flows(result: Bptt) -> Table:
    table = headed(
        f"Gradients through time: {counted(result.sequences, 'sequence')}, median (10 % .. 90 %)",
        *("cell", "goes", ">gain per step", ">lag of 1 %", ">lag of a hundredfold"),
        *(">largest sigma of J_t", ">smallest"),
    )
    for flow in result.flows:
        table.add_row(
            flow.name,
            "backward" if flow.backward else "forward",
            _spread(flow.growth, ".3f"),
            _lag(flow),
            _spread(flow.exploded, ".0f"),
            _spread(Spread.of(flow.single[:, 0]), ".3g"),
            f"{Spread.of(flow.single[:, -1]).median:.2g}",
        )
    table.caption = (
        "gain: |ds_t/ds_t-k| (Frobenius) / sqrt(elements of s), 1 at lag 0; s = h, or (h, c) of an LSTM; per step: its "
        "k-th root at the sequence's length\nsigma: singular values of J_t = ds_t/ds_t-1 at "
        f"{counted(len(result.flows[0].single), 'step')} spread over the sequences; never: not within the sequences"
    )
    table.caption_justify = "left"
    return table


def _lag(flow: Flow) -> str:
    """The lag of 1 %, or about where it would be."""
    if math.isfinite(flow.vanished.median):
        return _spread(flow.vanished, ".0f")
    beyond = flow.beyond if flow.growth.median < 1 else None
    return "never" if beyond is None else f"never (about {beyond:.0f})"


def _spread(spread: Spread, form: str) -> str:
    values = spread.median, spread.low, spread.high
    texts = [format(value, form) if math.isfinite(value) else "never" for value in values]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ({texts[1]} .. {texts[2]})"


def _gains(result: Bptt) -> Table:
    flow = _first(result)
    table = headed(
        f"Gain by lag in {flow.name}",
        *(">lag k", ">ds_t/ds_t-k", ">10 %", ">90 %", ">dh_t/dh_t-k", ">largest sigma", ">median"),
    )
    low, median, high = flow.curve("state")
    block = flow.curve("block")[1]
    for lag in lag_marks(len(median) - 1):
        values = _sigmas(flow, lag) if lag in flow.spectra else ("", "")
        table.add_row(str(lag), *(_e(curve[lag]) for curve in (median, low, high, block)), *values)
    several = counted(len(flow.spectra[1]), "sequence")
    table.caption = f"dh_t/dh_t-k: the block of h, with c_t-k held; sigma: singular values of ds_t/ds_t-k, {several}"
    table.caption_justify = "left"
    return table


def _sigmas(flow: Flow, lag: int) -> tuple[str, str]:
    """The largest and the median singular value of a product."""
    largest, middle = flow.spectrum(lag)
    return _e(largest), f"< {_e(largest + math.log(ROUNDING))}" if middle is None else _e(middle)


def _e(log: float) -> str:
    """exp(log), whatever its size."""
    if log == -math.inf:
        return "0"
    power = log / math.log(10)
    if -3 <= power < 4:
        return f"{math.exp(log):.3g}"
    whole = math.floor(power)
    return f"{10 ** (power - whole):.1f}e{whole:+03d}"


def _risks(result: Bptt) -> Table:
    table = headed("Risks", "gradients", "risk", "where", ">after steps", ">of", "rule")
    for kind, risk in result.risks.items():
        lag = f"{risk.lag:.0f}" if math.isfinite(risk.lag) else "never"
        where = risk.cell if math.isfinite(risk.lag) else ""
        table.add_row(kind, risk.level, where, lag, str(risk.steps), RULES[kind])
    table.caption = f"why they do: {'; '.join(SOURCES)}; thresholds: ours"
    table.caption_justify = "left"
    return table


def _truncations(result: Bptt) -> Table:
    measured = result.truncation
    table = headed(
        f"Truncation, batch {result.workload.batch:,}: gradient of {counted(measured.sequences, 'sequence')}",
        *(">steps K", ">|g_K - g| / |g|", ">|g_K| / |g|", ">cosine", ">activations", ">FLOPs backward", ">epoch", ""),
    )
    for cut, cost in zip(measured.cuts, result.costs, strict=True):
        words = ["full"] * (cut is measured.cuts[-1]) + ["recommended"] * (cut is measured.recommended)
        words += ["given"] * (cut is measured.given)
        table.add_row(
            str(cut.steps),
            f"{cut.error:.4f}",
            f"{cut.norm:.4f}",
            f"{cut.cosine:.4f}",
            amount(cost.activations, "B"),
            amount(cost.backward, ""),
            "" if cost.epoch is None else amount(cost.epoch, "s"),
            ", ".join(words),
        )
    table.caption = (
        f"FLOPs forward: {amount(result.full.forward, '')} with any K; recommended: {TRUNCATION_RULES[measured.rule]}\n"
        f"activations and FLOPs: exact; {_times(result)}"
    )
    table.caption_justify = "left"
    return table


def _times(result: Bptt) -> str:
    """What all epochs take, in full and as recommended."""
    full, best = result.full.training, result.best.training
    if full is None:
        return "no times without a processor (--processor, --peak-gflops or --measure)"
    told = f"{amount(full, 's')} in full, {amount(best, 's')} as recommended"
    return f"time: an estimate (roofline)\ntraining, all epochs: {told}"


def _norms(result: Bptt) -> Table:
    clipping, step = result.clipping, result.step
    table = headed("Clipping and the first step", "figure", ">value", "from")
    table.add_row(
        "mean norm of the gradient",
        f"{clipping.mean:.4g}",
        f"{counted(len(clipping.norms), 'batch', 'es')} of {clipping.batch}",
    )
    table.add_row("smallest, largest", f"{min(clipping.norms):.4g}, {max(clipping.norms):.4g}", "")
    low, high = clipping.range
    table.add_row(
        "recommended clipping norm",
        f"{clipping.recommended:.4g}",
        f"{CLIPPING_RULES[clipping.rule]}; {low:.3g} .. {high:.3g} still converge (Pascanu et al. 2013)",
    )
    told = "given" if clipping.given is not None else "recommended"
    table.add_row("batches clipped", percent(clipping.clipped), f"at {clipping.used:.4g}, {told}")
    name, change = step.largest
    table.add_row(
        "largest change of weights",
        percent(change, 2),
        f"|update| / |weights| of {name}, first step of {step.optimiser}, learning rate {step.learning_rate:g}",
    )
    return table
