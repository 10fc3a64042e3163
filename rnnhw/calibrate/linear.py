"""Sums with coefficients of at least 0, fitted so that errors relative to the truth are small."""

from dataclasses import dataclass

import numpy as np

from rnnhw.estimate.terms import LOOSE, MEMORIES, MEMORY

MODULE_WEIGHT = 0.7  # of a module's error, beside the core's
RIDGE = 0.1  # of a coefficient's way from what it is expected to be, beside the errors
FOLDS = 8


@dataclass(frozen=True, eq=False)
class Core:
    """What was measured of a core.

    Parameters
    ----------
    terms : dict
        Module -> term -> value.
    counts : dict
        Module -> cells.
    """

    terms: dict[str, dict[str, float]]
    counts: dict[str, float]

    @property
    def total(self) -> float:
        """Cells of all modules."""
        return sum(self.counts.values())


def column(module: str, term: str) -> tuple[str, str]:
    """Where a term's coefficient stands: what memories cost is the same in all modules."""
    return (MEMORIES, term) if term.startswith(MEMORY) else (module, term)


def fit_linear(cores, prior: dict | None = None) -> dict[str, dict[str, float]]:
    """Coefficients of the terms of all modules.

    What is made small is the sum of the squares of the error of each core's total, and less heavily of each of its
    modules, as synthesis moves logic from one to the other; all of them relative to the core's total.

    Parameters
    ----------
    cores : sequence of Core
    prior : dict, optional
        What the coefficients stay near as far as the cores leave them open; by default 0.

    Returns
    -------
    dict
        Module -> term -> coefficient, those of 0 left out.
    """
    columns = sorted({column(module, term) for core in cores for module, of in core.terms.items() for term in of})
    index = {name: number for number, name in enumerate(columns)}
    modules = sorted({module for core in cores for module in (*core.terms, *core.counts)})
    totals = np.array([max(core.total, 1) for core in cores], float)
    tables = np.zeros((len(modules), len(cores), len(columns)))
    for row, core in enumerate(cores):
        for module, of in core.terms.items():
            for term, value in of.items():
                tables[modules.index(module), row, index[column(module, term)]] = value
    rows, targets = [tables.sum(axis=0) / totals[:, None]], [np.ones(len(cores))]
    for module, of_module in zip(modules, tables, strict=True):
        if module not in LOOSE:
            truth = np.array([core.counts.get(module, 0) for core in cores], float)
            rows.append(MODULE_WEIGHT * of_module / totals[:, None])
            targets.append(MODULE_WEIGHT * truth / totals)
    near = np.array([(prior or {}).get(module, {}).get(term, 0) for module, term in columns])
    found = solve(np.vstack(rows), np.concatenate(targets), len(cores), near)
    coefficients = {}
    for (module, term), value in zip(columns, found.tolist(), strict=True):
        if value > 0:
            coefficients.setdefault(module, {})[term] = float(f"{value:.6g}")
    return coefficients


def solve(table: np.ndarray, target: np.ndarray, count: int, near: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Coefficients of at least 0 for the columns of a table, near some values as far as that costs little.

    Parameters
    ----------
    table : ndarray of float, shape (rows, columns)
    target : ndarray of float, shape (rows,)
    count : int
        Measurements that the rows are made of.
    near : ndarray of float, shape (columns,)
    ridge : float
    """
    from scipy.optimize import nnls

    scale = np.sqrt((table**2).sum(axis=0) / count)
    scale[scale == 0] = 1
    strength = ridge * np.sqrt(count)
    whole = np.vstack([table / scale, np.eye(len(scale)) * strength])
    wanted = np.concatenate([target, near * scale * strength])
    triangle = np.linalg.qr(np.column_stack([whole, wanted]), mode="r")  # as good, and much smaller
    found, _ = nnls(triangle[:, :-1], triangle[:, -1], maxiter=100 * len(scale))
    return found / scale


def value_of(coefficients: dict, terms: dict) -> float:
    """The sum for a core's terms."""
    return sum(
        value * coefficients.get(place, {}).get(name, 0)
        for module, of in terms.items()
        for term, value in of.items()
        for place, name in (column(module, term),)
    )


def unseen(items, learn, value) -> np.ndarray:
    """What is said of each item by what was learned of the others: each part of the items is left out in turn.

    Parameters
    ----------
    items : sequence
    learn : callable
        Takes the numbers of the items to learn from and returns something.
    value : callable
        Takes that something and an item.
    """
    told = np.zeros(len(items))
    for fold in range(FOLDS):
        out = range(fold, len(items), FOLDS)
        learned = learn([number for number in range(len(items)) if number % FOLDS != fold])
        for number in out:
            told[number] = value(learned, items[number])
    return told
