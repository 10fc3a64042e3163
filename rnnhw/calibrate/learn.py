"""From measurements to the estimator's file: coefficients of each family's formulas, and the bands around them."""

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.estimate import FAMILIES, find_device
from rnnhw.estimate.terms import CHIP, chip_terms, clock_terms, core_terms, module_of

from .draw import draw, draw_for_chip
from .expected import EXPECTED, EXPECTED_GATES, EXPECTED_PACKED
from .linear import FOLDS, Core, fit_linear, solve, unseen, value_of
from .period import fit_periods

FIGURES = ("lut", "ff")
SHARES = (0.015, 0.985)  # of the errors for configurations that were left out, between which the band lies
CHIP_BASE = "ecp5"  # family of which the structure of logic is taken
FEWEST = 12  # measurements of a family that anything is learned of


@dataclass(frozen=True, eq=False)
class Measured:
    """A measurement with the configuration that it was made of.

    Parameters
    ----------
    record : dict
        As a sweep stores it: number, family, and what `rnnhw.calibrate.measure.Task` gives.
    """

    record: dict

    @property
    def family(self) -> str:
        """Of the device."""
        return self.record["family"]

    @property
    def number(self) -> int:
        """What the configuration was drawn with."""
        return self.record["number"]

    @cached_property
    def drawn(self):
        """The configuration, drawn again."""
        return draw(self.number, find_device(FAMILIES[self.family]))

    @cached_property
    def terms(self) -> dict[str, dict[str, float]]:
        """Module -> term -> value; equal modules are added up."""
        terms = {}
        for (_, module), of in core_terms(self.drawn.design.plan, self.family, self.drawn.link).items():
            own = terms.setdefault(module, {})
            for term, value in of.items():
                own[term] = own.get(term, 0) + value
        return terms

    def core(self, figure: str) -> Core:
        """Its LUTs ("lut") or flip-flops ("ff")."""
        counts, which = {}, FIGURES.index(figure)
        for scope, both in self.record["scopes"].items():
            module = module_of(scope)
            counts[module] = counts.get(module, 0) + both[which]
        return Core(self.terms, counts)

    @cached_property
    def period_ns(self) -> float | None:
        """After routing; None where it was not routed, or could not be."""
        mhz = self.record.get("mhz")
        return None if mhz is None else 1000 / mhz

    @property
    def packed(self) -> int | None:
        """Logic cells of the iCE40."""
        return self.record.get("packed")

    def ways(self) -> dict[str, dict[str, float]]:
        """What the period is made of."""
        return clock_terms(self.drawn.design.plan, self.family, self.core("lut").total, self.drawn.link)


def learn(records) -> dict:
    """Formulas of all families that occur in the records: what an estimator's file holds under "families".

    Parameters
    ----------
    records : iterable of dict

    Raises
    ------
    RnnhwError
        If a family has too few.
    """
    _check_scipy()
    families = {}
    for record in records:
        families.setdefault(record["family"], []).append(Measured(record))
    for family, group in families.items():
        group.sort(key=lambda item: item.number)
        if len(group) < FEWEST:
            raise RnnhwError(f"{family}: {FEWEST} measurements are needed at least to learn from, not {len(group)}")
    found = {family: _extent(group) for family, group in families.items()}
    for figure in FIGURES:
        for family, formula in _cells(families, figure).items():
            found[family][figure] = formula
    routed = [item for group in families.values() for item in group if item.period_ns is not None]
    enough = {family for family in families if sum(item.family == family for item in routed) >= FEWEST}
    timed = [(i.family, i.number, i.ways(), i.period_ns) for i in routed if i.family in enough]
    for family, (coefficients, ratios) in (fit_periods(timed, FOLDS) if timed else {}).items():
        found[family]["period_ns"] = {"coefficients": coefficients} | _band(ratios)
    for family, group in families.items():
        found[family]["logic_cells"] = _packed([item for item in group if item.packed is not None])
    return found


def _extent(group) -> dict:
    """How much was measured of a family."""
    routed = sum(item.period_ns is not None for item in group)
    return {"count": len(group), "routed": routed, "largest": max(item.record["lut"] for item in group)}


def _check_scipy() -> None:
    if find_spec("scipy") is None:
        raise RnnhwError('SciPy was not found, which learning needs; pip install "rnnhw[calibrate]"')


def _cells(families: dict, figure: str) -> dict[str, dict]:
    """Formulas of a figure; each family's stays near what all families have in common."""
    cores = [(item.family, item.number, item.core(figure)) for group in families.values() for item in group]
    common = fit_linear([core for _, _, core in cores], EXPECTED[figure])
    ratios = {family: [] for family in families}
    for fold in range(FOLDS):  # what is left out is left out of all families
        kept = [core for core in cores if core[1] % FOLDS != fold]
        shared = fit_linear([core for _, _, core in kept], EXPECTED[figure])
        for family, found in ratios.items():
            learned = fit_linear([core for name, _, core in kept if name == family], shared)
            out = (core for name, number, core in cores if name == family and number % FOLDS == fold)
            found += [core.total / value_of(learned, core.terms) for core in out]
    return {
        family: {"coefficients": fit_linear([core for name, _, core in cores if name == family], common)}
        | _band(np.array(ratios[family]))
        for family in families
    }


def _band(ratios: np.ndarray) -> dict[str, float]:
    """Of truths to what was told without them; it always holds what was told."""
    low, high = np.quantile(ratios, SHARES)
    return {"low": round(float(min(low, 1)), 4), "high": round(float(max(high, 1)), 4)}


def _sum_formula(terms, truth: np.ndarray, module: str, expected: dict) -> dict | None:
    """A formula for one module."""
    if len(truth) < FEWEST:
        return None
    columns = sorted({term for of in terms for term in of[module]})
    near = np.array([expected.get(term, 0) for term in columns])

    def fit(kept):
        table = np.array([[terms[index][module].get(term, 0) for term in columns] for index in kept], float)
        found = solve(table / truth[list(kept)][:, None], np.ones(len(kept)), len(kept), near)
        return {module: {term: float(f"{value:.6g}") for term, value in zip(columns, found, strict=True) if value > 0}}

    told = unseen(terms, fit, value_of)
    return {"coefficients": fit(range(len(truth)))} | _band(truth / told)


def _packed(items) -> dict | None:
    terms = [{"core": {figure: item.core(figure).total for figure in FIGURES}} for item in items]
    return _sum_formula(terms, np.array([item.packed for item in items], float), "core", EXPECTED_PACKED)


def learn_chip(records, families: dict) -> dict:
    """The formula of gate equivalents, of what the logic costs in LUTs and flip-flops of a family (`CHIP_BASE`).

    Parameters
    ----------
    records : iterable of dict
        As `rnnhw.calibrate.measure_chip.ChipTask` gives them, with "number".
    families : dict
        What `learn` found.
    """
    base = families[CHIP_BASE]
    terms, gates = [], []
    for record in sorted(records, key=lambda item: item["number"]):
        plan = draw_for_chip(record["number"]).design.plan
        terms.append({CHIP: chip_terms(plan, *(base[figure]["coefficients"] for figure in FIGURES))})
        gates.append(record["gates"])
    return {"count": len(gates), "base": CHIP_BASE, "gates": _sum_formula(terms, np.array(gates), CHIP, EXPECTED_GATES)}


def file_name(tools: dict[str, str]) -> str:
    """Name of an estimator's file: another release of any tool makes another one."""
    yosys, routers = tools["yosys"], sorted({version for name, version in tools.items() if name != "yosys"})
    return "_".join([f"yosys-{yosys}", *(f"nextpnr-{version}" for version in routers)]) + ".json"
