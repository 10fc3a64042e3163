"""A network of any kind, one sequence and one number at a time, in plain Python: what the reference must equal."""

import math
from itertools import chain

SIGMOIDS = {
    "logistic": lambda a: 1 / (1 + math.exp(-a)),
    "hard": lambda a: min(1.0, max(0.0, a / 6 + 0.5)),
    "hard-0.2": lambda a: min(1.0, max(0.0, a / 5 + 0.5)),
}
TANHS = {"tanh": math.tanh, "hard": lambda a: min(1.0, max(-1.0, a))}


def dot(row, vector):
    return sum(a * b for a, b in zip(row, vector, strict=True))


def sums(weight, vector, bias):
    return [dot(row, vector) + b for row, b in zip(weight.tolist(), bias.tolist(), strict=True)]


def slow_cell(cell, sequence, state, curves):
    """Outputs of every step in order, the state behind them, and signals for each step."""
    step = {"lstm": slow_lstm, "gru": slow_gru, "rnn": slow_rnn}[cell.kind]
    outputs, records, state = [], [], list(state)
    for x in sequence:
        a = sums(cell.weight_ih, x, cell.bias)
        state, record = step(cell, x, a, state, *curves)
        outputs.append(state[: cell.hidden_size])
        records.append({"x": x, "h": outputs[-1], **record})
    return outputs, state, records


def slow_lstm(cell, x, a, state, sigma, tanh):
    size = cell.hidden_size
    h, c = state[:size], state[size:]
    z = [p + dot(row, h) for p, row in zip(a, cell.weight_hh.tolist(), strict=True)]
    gates = {name: z[k * size : (k + 1) * size] for k, name in enumerate("ifgo")}
    new_c = [sigma(gates["f"][k]) * c[k] + sigma(gates["i"][k]) * tanh(gates["g"][k]) for k in range(size)]
    new_h = [sigma(gates["o"][k]) * tanh(new_c[k]) for k in range(size)]
    return new_h + new_c, {"c": new_c, **{f"z_{name}": values for name, values in gates.items()}}


def slow_gru(cell, x, a, h, sigma, tanh):
    size, u = cell.hidden_size, cell.weight_hh.tolist()
    z_r = [a[k] + dot(u[k], h) for k in range(size)]
    z_z = [a[size + k] + dot(u[size + k], h) for k in range(size)]
    record = {"z_r": z_r, "z_z": z_z}
    if cell.reset_after:
        record["p"] = [dot(u[2 * size + k], h) + cell.bias_hn.tolist()[k] for k in range(size)]
        z_n = [a[2 * size + k] + sigma(z_r[k]) * record["p"][k] for k in range(size)]
    else:
        reset = [sigma(z_r[k]) * h[k] for k in range(size)]
        z_n = [a[2 * size + k] + dot(u[2 * size + k], reset) for k in range(size)]
    record["z_n"] = z_n
    return [(1 - sigma(z_z[k])) * tanh(z_n[k]) + sigma(z_z[k]) * h[k] for k in range(size)], record


def slow_rnn(cell, x, a, h, sigma, tanh):
    z = [p + dot(row, h) for p, row in zip(a, cell.weight_hh.tolist(), strict=True)]
    return [tanh(v) if cell.activation == "tanh" else max(0.0, v) for v in z], {"z": z}


def slow_dense(layer, x):
    y = sums(layer.weight, x, layer.bias)
    return y, [max(0.0, v) for v in y] if layer.activation == "relu" else y


def slow_head(head, y):
    if head == "argmax":
        return [float(y.index(max(y)))]
    if head == "softmax":
        powers = [math.exp(v) for v in y]
        return [p / sum(powers) for p in powers]
    return y


def slow_run(net, sequence, state):
    """One sequence through the network.

    Returns
    -------
    answers : list
        One answer, or one a step.
    state : list
    records : dict
        Name of cell or dense layer -> one dict of signals a step (many-to-one: one for a dense layer).
    """
    if net.mode != "one-to-many":
        return _slow_once(net, sequence, state)
    answers, records = [], {}
    for _ in range(net.steps):
        sequence, state, record = _slow_once(net, sequence, state)
        answers += sequence
        for name, steps in record.items():
            records.setdefault(name, []).extend(steps)
    return answers, state, records


def _slow_once(net, values, state):
    curves = SIGMOIDS[net.sigmoid], TANHS[net.tanh]
    if net.clip is not None:
        curves = [lambda a, curve=curve: curve(max(-net.clip, min(net.clip, a))) for curve in curves]
    records, after, begin = {}, [], 0
    for layer in net.recurrents:
        sides, ends = [], []
        for number, cell in enumerate(layer.cells, start=layer.kind == "reversed"):
            part = state[begin : begin + cell.state_size]
            begin += cell.state_size
            outputs, end, record = slow_cell(cell, values[::-1] if number else values, part, curves)
            after += end
            ends.append(outputs[-1])
            sides.append(outputs[::-1] if number else outputs)
            records[cell.name] = record[::-1] if number else record
        values = [list(chain(*both)) for both in zip(*sides, strict=True)]
        final = list(chain(*ends))
    if net.mode == "many-to-one":
        values = [final if net.reading == "final" else values[-1]]
    for layer in net.denses:
        pairs = [(value, *slow_dense(layer, value)) for value in values]
        records[layer.name] = [{"x": x, "y": y} for x, y, _ in pairs]
        values = [y for *_, y in pairs]
    values = [slow_head(net.head, value) for value in values]
    return values, after, records
