"""Vowel-like sequences, made by a simple model of speech; no recording is used.

Formant tracks go from one target to the next, drawn towards the consonants around; a speaker scales all of them.
Each frame's spectrum, resonances at the formants with a tilt and noise, becomes 12 cepstra.
"""

from dataclasses import replace

import numpy as np
from sequences import Sequences

#: First three formants in Hz of an adult speaker, rounded; a diphthong goes from the first target to the second.
TARGETS = {"i": (280, 2250, 2900), "e": (420, 2000, 2650), "a": (730, 1250, 2500), "o": (450, 850, 2450)}
TARGETS["u"] = (310, 900, 2300)
VOWELS = {"i": "ii", "e": "ee", "a": "aa", "o": "oo", "u": "uu", "ai": "ai", "au": "au", "oi": "oi"}
#: Where the formants come from and go to: the places of labial, alveolar and velar consonants.
LOCI = np.array([(250, 800, 2200), (250, 1700, 2600), (250, 2100, 2300)], float)
STEPS = 29  # frames of 10 ms, at most
SHORTEST = 7
CEPSTRA = 12
CHANNELS = np.geomspace(150, 4500, 24)  # Hz

DATA_SEED = 20
TRAINING, VALIDATION, TEST, CALIBRATION = 2400, 400, 400, 200


def formants(vowel, steps, rng):
    """Three formant tracks of one utterance, in Hz, shape (steps, 3).

    The speaker scales all formants (the length of the vocal tract); each utterance misses its targets by a
    little; the ends are drawn towards the consonants around, the more the shorter the utterance is.
    """
    first, last = (np.array(TARGETS[part]) * rng.normal(1, 0.08, 3) for part in VOWELS[vowel])
    time = np.arange(steps)
    glide = 1 / (1 + np.exp(-(time / (steps - 1) - rng.uniform(0.4, 0.6)) / 0.12))[:, None]
    track = first * (1 - glide) + last * glide
    before, after = LOCI[rng.integers(len(LOCI), size=2)]
    near, far = (np.exp(-(at / rng.uniform(1.0, 3.0)))[:, None] for at in (time + 0.5, steps - 0.5 - time))
    track = track + 0.7 * (near * (before - track) + far * (after - track))
    return track * np.clip(rng.normal(1, 0.12), 0.75, 1.3)


def cepstra(track, rng):
    """Cepstra c1..c12 of resonances at the formants, with a channel, noise and a smooth cut-off."""
    widths = 60 + 0.06 * track
    distance = (CHANNELS - track[:, :, None]) / widths[:, :, None]
    resonances = -np.log1p(distance**2) + np.log([[1.0], [0.6], [0.35]])
    power = np.exp(resonances).sum(axis=1) + np.exp(rng.normal(-5.0, 0.7))  # with a floor of noise
    tilt = rng.normal(-0.5, 0.25) * np.log2(CHANNELS / 500)
    spectrum = np.log(power) + tilt + rng.normal(0, 1.0, power.shape)
    count = len(CHANNELS)
    order = np.arange(1, CEPSTRA + 1)[:, None]
    cosines = np.cos(np.pi * order * (np.arange(count) + 0.5) / count) * np.sqrt(2 / count)
    return spectrum @ cosines.T


def vowels(count, seed):
    """Sequences of `SHORTEST` to `STEPS` frames of 12 cepstra, zeros behind them, with lengths and labels."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(count) % len(VOWELS))
    lengths = rng.integers(SHORTEST, STEPS + 1, count)
    x = np.zeros((count, STEPS, CEPSTRA))
    for sequence, (label, steps) in enumerate(zip(y, lengths, strict=True)):
        x[sequence, :steps] = cepstra(formants(list(VOWELS)[label], steps, rng), rng)
    return Sequences(x, y, lengths)


def datasets():
    """Training, validation, test and calibration data; the last are a part of the first.

    Each cepstrum is centred and divided by three times its deviation, both of the training frames: nearly all
    are then in -1..1.
    """
    parts = [vowels(count, (DATA_SEED, part)) for part, count in enumerate((TRAINING, VALIDATION, TEST))]
    frames = parts[0].x[frames_that_count(parts[0])]
    mean, deviation = frames.mean(axis=0), frames.std(axis=0)
    scaled = [(data.x - mean) / (3 * deviation) * frames_that_count(data)[:, :, None] for data in parts]
    training, *others = (replace(data, x=x.astype(np.float16)) for data, x in zip(parts, scaled, strict=True))
    return training, *others, training[:CALIBRATION]


def frames_that_count(data):
    """Bool, shape (sequences, steps): what is not padding."""
    return np.arange(data.x.shape[1]) < data.lengths[:, None]


def nearest_mean(training, test):
    """Right answers of the simplest classifier: the vowel whose mean spectrum is nearest to the sequence's."""
    means = [data.x.astype(float).sum(axis=1) / data.lengths[:, None] for data in (training, test)]
    centres = np.array([means[0][training.y == label].mean(axis=0) for label in range(len(VOWELS))])
    distance = ((means[1][:, None] - centres) ** 2).sum(axis=2)
    return int((distance.argmin(axis=1) == test.y).sum())
