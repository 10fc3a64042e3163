"""The hourly electric load of a town, made by a simple model; no measurement is used.

What the model consists of is said at `series`, how sequences are cut out of it at `windows`.
"""

from dataclasses import dataclass

import numpy as np
from sequences import Sequences

RATED = 100.0  # MW that the town's transformers are made for: answers are given in parts of it
MIDDLE, SPAN = 56.0, 28.0  # MW: loads as inputs are (load - MIDDLE) / SPAN
BEFORE, AHEAD = 24, 6  # hours
DAY, YEAR = 24, 24 * 365
FEATURES = ("load", "temperature", "sine of the hour", "cosine of the hour", "working day in 6 hours")

DATA_SEED = (30, 0)
TRAINING_YEARS, VALIDATION_YEARS, TEST_YEARS = 3, 1, 1
STRIDE = 5  # hours between the windows that are trained on
TEST_STRIDE = 17  # every hour of the day, every season
CALIBRATION = 256


@dataclass(frozen=True, eq=False)
class Series:
    """Hourly values of some years.

    Parameters
    ----------
    load : ndarray
        MW, rounded to 0.1.
    temperature : ndarray
        Degrees Celsius, rounded to 0.1.
    working : ndarray of bool
        Whether the hour belongs to a Monday to Friday that is no holiday.
    """

    load: np.ndarray
    temperature: np.ndarray
    working: np.ndarray

    def __getitem__(self, some):
        return Series(self.load[some], self.temperature[some], self.working[some])


def drifting(count, keeps, deviation, rng):
    """Noise of a given deviation that forgets itself: each value keeps a part of the one before."""
    fresh = rng.normal(0, deviation * np.sqrt(1 - keeps**2), count)
    values = np.empty(count)
    last = rng.normal(0, deviation)
    for at in range(count):
        last = values[at] = keeps * last + fresh[at]
    return values


def bump(hour, centre, width):
    """A smooth hump over the day, which goes around at midnight."""
    away = (hour - centre + DAY / 2) % DAY - DAY / 2
    return np.exp(-0.5 * (away / width) ** 2)


def series(years, seed=DATA_SEED):
    """The load of a town, hour by hour.

    The temperature has a yearly and a daily wave and weather that lasts for days. The load is what the hour of
    a working day or of a free one asks for (a night's low, a morning's and an evening's peak), lighting in the
    dark months, heating below 15 degrees and cooling above 22, both following the temperature by some hours,
    and drifts of its own; holidays are like Sundays.
    """
    rng = np.random.default_rng(seed)
    count = years * YEAR
    time = np.arange(count)
    hour, day = time % DAY, time // DAY
    winter = np.cos(2 * np.pi * (time / YEAR - 20 / 365))  # 1 in late January
    temperature = 11 - 10 * winter - (3 - winter) * np.cos(2 * np.pi * (hour - 3) / DAY)
    temperature += drifting(count, 0.985, 3.5, rng) + drifting(count, 0.7, 0.5, rng)
    free_days = rng.choice(count // DAY, size=10 * years, replace=False)
    working = (day % 7 < 5) & ~np.isin(day, free_days)
    work = 46 + 15 * bump(hour, 9, 2.2) + 13 * bump(hour, 13, 3) + 15 * bump(hour, 19, 2.2) - 10 * bump(hour, 3, 3)
    rest = 42 + 5 * bump(hour, 11, 2.5) + 5 * bump(hour, 14, 3) + 12 * bump(hour, 19.5, 2.4) - 9 * bump(hour, 4, 3.2)
    felt = np.convolve(temperature, np.full(6, 1 / 6))[:count]
    load = np.where(working, work, rest) + 4 * winter * bump(hour, 18, 2.5)
    load += 0.55 * np.maximum(15 - felt, 0) + 1.1 * np.maximum(felt - 22, 0)
    load *= 1 + drifting(count, 0.97, 0.02, rng) + drifting(count, 0.5, 0.008, rng)
    return Series(load.round(1), temperature.round(1), working)


def windows(hours, stride):
    """Windows of a series as sequences: `BEFORE` hours of the features, answered by the loads of the next.

    Every feature is brought to about -1..1 by fixed numbers. The answers are in parts of the rated power, away from
    zero, so that a relative error of an answer is that of a load.
    """
    starts = np.arange(0, len(hours.load) - BEFORE - AHEAD + 1, stride)
    inside = starts[:, None] + np.arange(BEFORE)
    turn = 2 * np.pi * (inside % DAY) / DAY
    features = (
        (hours.load[inside] - MIDDLE) / SPAN,
        (hours.temperature[inside] - 12) / 28,
        0.9 * np.sin(turn),
        0.9 * np.cos(turn),
        0.9 * hours.working[inside + AHEAD],
    )
    y = hours.load[starts[:, None] + BEFORE + np.arange(AHEAD)] / RATED
    return Sequences(np.stack(features, axis=2).astype(np.float16), y.astype(np.float32))


def datasets():
    """Windows for training, validation, test and calibration; the last are a part of the first."""
    ends = np.cumsum([TRAINING_YEARS, VALIDATION_YEARS, TEST_YEARS]) * YEAR
    whole = series(ends[-1] // YEAR)
    training = windows(whole[: ends[0]], STRIDE)
    validation = windows(whole[ends[0] : ends[1]], STRIDE)
    test = windows(whole[ends[1] :], TEST_STRIDE)
    return training, validation, test, training[:: len(training) // CALIBRATION][:CALIBRATION]


def errors(answers, y):
    """RMSE in MW and MAPE in per cent of forecasts in parts of the rated power."""
    difference = answers - y
    return RATED * np.sqrt((difference**2).mean()), 100 * np.abs(difference / y).mean()


def naive(training, test):
    """Forecasts to be beaten, by name: two that need no learning, and the best linear one."""
    load = (SPAN * test.x[:, :, 0].astype(float) + MIDDLE) / RATED
    design = [
        np.column_stack([data.x.reshape(len(data), -1).astype(float), np.ones(len(data))]) for data in (training, test)
    ]
    weights = np.linalg.lstsq(design[0], training.y, rcond=None)[0]
    return {
        "the last hour's load": np.repeat(load[:, -1:], AHEAD, axis=1),
        "the same hour of yesterday": load[:, :AHEAD],
        "linear regression on the same inputs": design[1] @ weights,
    }
