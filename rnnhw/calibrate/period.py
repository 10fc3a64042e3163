"""The clock's period: the largest of several ways, each a sum with coefficients of at least 0."""

import numpy as np

from rnnhw.estimate.terms import SHARPNESS

from .expected import EXPECTED_PERIOD

FREEDOM = (0.2, 0.3)  # how much a coefficient's way from what is expected weighs: of all families together, of one
LEAST = 0.01  # that a coefficient is taken for when it is looked at how far it went


class Ways:
    """Measured periods with the terms of all ways.

    Parameters
    ----------
    terms : list of dict
        For each core: way -> term -> value.
    periods : ndarray of float
        In shares of the family's median.
    """

    def __init__(self, terms, periods):
        self.names = [(way, term) for way, of in EXPECTED_PERIOD.items() for term in of]
        self.periods = np.asarray(periods, float)
        values = [[core.get(way, {}).get(term, 0) for way, term in self.names] for core in terms]
        self.values = np.array(values, float).reshape(len(terms), len(self.names))
        self.expected = np.array([EXPECTED_PERIOD[way][term] for way, term in self.names])
        ways = [way for way, _ in self.names]
        self.parts = [np.array([way == other for other in ways]) for way in EXPECTED_PERIOD]

    def told(self, coefficients: np.ndarray, which) -> np.ndarray:
        """Periods of some of the cores."""
        table = self.values[which]
        lengths = [table[:, part] @ coefficients[part] for part in self.parts]
        return np.sum([np.maximum(length, 0) ** SHARPNESS for length in lengths], axis=0) ** (1 / SHARPNESS)

    def fit(self, which, near: np.ndarray, freedom: float) -> np.ndarray:
        """Coefficients that make the relative errors of some of the cores small."""
        from scipy.optimize import least_squares

        scale = np.maximum(self.expected, LEAST)

        def residuals(shares):
            errors = self.told(shares * scale, which) / self.periods[which] - 1
            return np.concatenate([errors, freedom * (shares - near / scale)])

        found = least_squares(residuals, near / scale, bounds=(0, np.inf), max_nfev=60)
        return found.x * scale

    def formula(self, coefficients: np.ndarray, scale: float) -> dict[str, dict[str, float]]:
        """Way -> term -> coefficient, those of nearly 0 left out."""
        ways = {}
        for (way, term), value in zip(self.names, coefficients.tolist(), strict=True):
            if value > 1e-4:
                ways.setdefault(way, {})[term] = float(f"{value * scale:.5g}")
        return ways


def fit_periods(items, folds: int) -> dict[str, tuple[dict, np.ndarray]]:
    """For each family its coefficients in ns, and truths in shares of what was told without them.

    Parameters
    ----------
    items : sequence of (str, int, dict, float)
        Family, number, terms by way, and period in ns.
    folds : int
    """
    families = np.array([family for family, *_ in items])
    numbers = np.array([number for _, number, *_ in items])
    periods = np.array([period for *_, period in items])
    usual = {family: float(np.median(periods[families == family])) for family in dict.fromkeys(families.tolist())}
    ways = Ways([terms for _, _, terms, _ in items], periods / np.array([usual[family] for family in families]))

    def learned(kept):
        common = ways.fit(np.flatnonzero(kept), ways.expected, FREEDOM[0])
        return {
            family: ways.fit(np.flatnonzero(kept & (families == family)), common, FREEDOM[1])
            for family in usual
            if np.any(kept & (families == family))
        }

    ratios = {family: [] for family in usual}
    for fold in range(folds):
        left_out = numbers % folds == fold
        for family, coefficients in learned(~left_out).items():
            which = np.flatnonzero(left_out & (families == family))
            ratios[family] += (ways.periods[which] / ways.told(coefficients, which)).tolist()
    return {
        family: (ways.formula(coefficients, usual[family]), np.array(ratios[family]))
        for family, coefficients in learned(np.full(len(items), True)).items()
    }
