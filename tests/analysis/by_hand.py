"""Backpropagation through time of each cell, written out in numpy: what it keeps and computes is there to be counted.

The forward pass leaves its arrays in `kept`, one dict a step, and the backward pass reads nothing but these, the inputs
and the weights. Elements that are computed one by one are counted by `Counted`.
"""

import numpy as np

ADDITIONS = (np.add, np.subtract)


class Counted(np.ndarray):
    """An array that counts the elements of each operation that it takes part in."""

    counts = None  # activations, products, additions, products of matrices

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [np.asarray(array) for array in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.matmul:
            Counted.counts["macs"] += result.size * plain[0].shape[-1]
        else:
            kind = "additions" if ufunc in ADDITIONS else "products" if ufunc is np.multiply else "activations"
            Counted.counts[kind] += result.size
        return np.asarray(result).view(Counted)


def counting() -> dict:
    """Begin to count anew."""
    Counted.counts = {"activations": 0, "products": 0, "additions": 0, "macs": 0}
    return Counted.counts


sigmoid = np.frompyfunc(lambda a: 1 / (1 + np.exp(-a)), 1, 1)


def numbers(a):
    """Of a result of `sigmoid`, which has objects."""
    return a.astype(float)


def lstm_step(w, x, state):
    """One step; returns the new state and what is kept."""
    h, c = state
    size = w["weight_hh"].shape[0] // 4
    a = x @ w["weight_ih"].T + h @ w["weight_hh"].T
    for bias in w["biases"]:
        a = a + bias
    i, f, o = (numbers(sigmoid(a[:, k * size : (k + 1) * size])) for k in (0, 1, 3))
    g = np.tanh(a[:, 2 * size : 3 * size])
    c = f * c + i * g
    h = o * np.tanh(c)
    if "weight_hr" in w:
        h = h @ w["weight_hr"].T
    return (h, c), {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}


def lstm_back(w, kept, before, dh, dc):
    """Gradients of the sums and of c before, and those that the projection adds."""
    t = np.tanh(kept["c"])
    if "weight_hr" in w:
        w["grad_hr"] = w.get("grad_hr", 0) + dh.T @ (kept["o"] * t)
        dh = dh @ w["weight_hr"]
    dc = dc + dh * kept["o"] * (1 - t * t)
    di, df, dg = dc * kept["g"], dc * before["c"], dc * kept["i"]
    i, f, g, o = (kept[key] for key in "ifgo")
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), dh * t * o * (1 - o)], axis=1)
    return da, da @ w["weight_hh"], dc * f


def rnn_step(w, x, state):
    """One step; returns the new state and what is kept."""
    a = x @ w["weight_ih"].T + state[0] @ w["weight_hh"].T
    for bias in w["biases"]:
        a = a + bias
    h = np.tanh(a) if w["activation"] == "tanh" else np.maximum(a, 0)
    return (h,), {"h": h}


def rnn_back(w, kept, before, dh, _):
    """Gradients of the sums and of h before."""
    h = kept["h"]
    da = dh * (1 - h * h) if w["activation"] == "tanh" else dh * (h > 0)
    return da, da @ w["weight_hh"], 0


def gru_step(w, x, state):
    """One step, the reset after or before; returns the new state and what is kept."""
    (h,) = state
    size = h.shape[1]
    first, last = slice(0, 2 * size), slice(2 * size, None)
    gates = x @ w["weight_ih"][first].T + h @ w["weight_hh"][first].T
    a = x @ w["weight_ih"][last].T
    for bias in w["biases"]:
        gates = gates + bias[first]
    r, z = numbers(sigmoid(gates[:, :size])), numbers(sigmoid(gates[:, size:]))
    kept = {"r": r, "z": z}
    if w["reset_after"]:
        p = h @ w["weight_hh"][last].T
        if w["biases"]:
            a, p = a + w["biases"][0][last], p + w["biases"][1][last]
        a = a + r * p
        kept["p"] = p
    else:
        a = a + (r * h) @ w["weight_hh"][last].T
        for bias in w["biases"]:
            a = a + bias[last]
    n = np.tanh(a)
    h = n + z * (h - n)
    return (h,), kept | {"n": n, "h": h}


def gru_back(w, kept, before, dh, _):
    """Gradients of the sums (rows r, z, n; of the second product's rows behind them) and of h before."""
    r, z, n, h = kept["r"], kept["z"], kept["n"], before["h"]
    size = h.shape[1]
    first, last = w["weight_hh"][: 2 * size], w["weight_hh"][2 * size :]
    dn = dh * (1 - z) * (1 - n * n)
    dz = dh * (h - n) * z * (1 - z)
    if w["reset_after"]:
        dr, dp = dn * kept["p"] * r * (1 - r), dn * r
        both = np.concatenate([dr, dz], axis=1)
        old = dh * z + both @ first + dp @ last
        w["grad_n"] = w.get("grad_n", 0) + dp.T @ h
        w["bias_n"] = w.get("bias_n", 0) + dp.sum(axis=0)
    else:
        ds = dn @ last
        dr = ds * h * r * (1 - r)
        both = np.concatenate([dr, dz], axis=1)
        old = dh * z + both @ first + ds * r
        w["grad_n"] = w.get("grad_n", 0) + dn.T @ (r * h)
    return np.concatenate([both, dn], axis=1), old, 0


STEPS = {"lstm": (lstm_step, lstm_back), "gru": (gru_step, gru_back), "rnn": (rnn_step, rnn_back)}


def run(kind, w, x, state):
    """A forward pass over x of shape (steps, batch, inputs); what each step keeps."""
    kept = []
    for step in x:
        state, left = STEPS[kind][0](w, step, state)
        kept.append(left)
    return kept


def gradients(kind, w, x, kept, state):
    """Of the sum of the last h squared, half: by the names of the weights."""
    before = [dict(zip(("h", "c"), state, strict=False)), *kept[:-1]]
    dh, dc, found = kept[-1]["h"], 0, {"weight_ih": 0, "weight_hh": 0, "bias": 0}
    for step in reversed(range(len(x))):
        da, dh, dc = STEPS[kind][1](w, kept[step], before[step], dh, dc)
        found["weight_ih"] = found["weight_ih"] + da.T @ x[step]
        found["weight_hh"] = found["weight_hh"] + da.T @ before[step]["h"]
        found["bias"] = found["bias"] + da.sum(axis=0)
    if kind == "gru":
        found["weight_hh"][-w["weight_hh"].shape[1] :] = w["grad_n"]
    return found | {key: w[key] for key in ("grad_hr", "bias_n") if key in w}
