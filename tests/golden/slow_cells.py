"""One step of each kind of cell, a unit and a Python integer at a time, from the equations of docs/arithmetic.md.

Each function takes the model, the cell, the step's number, the input and the state (a list of lists of raw
integers) and returns the new state. Values between two roundings are fractions.
"""

from fractions import Fraction

from tests.fixedpoint.truth import limits


def value(raw: int, frac: int) -> Fraction:
    """What a raw integer stands for."""
    return Fraction(raw) / Fraction(2) ** frac


def product(cell, matrix: str, gate: int, unit: int, vector) -> Fraction:
    """A row of a gate's weights times raw values of x (matrix "ih") or of h ("hh")."""
    weights, forms = getattr(cell, f"weight_{matrix}_raw"), getattr(cell, f"weight_{matrix}")
    frac = forms[gate].frac + (cell.x if matrix == "ih" else cell.h).frac
    row = weights[gate * cell.hidden_size + unit].tolist()
    return value(sum(weight * number for weight, number in zip(row, vector, strict=True)), frac)


def sum_frac(cell, gate: int) -> int:
    """Fraction bits of a gate's accumulator, in which its biases count."""
    return max(cell.x.frac + cell.weight_ih[gate].frac, cell.h.frac + cell.weight_hh[gate].frac)


def bias(cell, gate: int, unit: int) -> Fraction:
    return value(int(cell.bias_raw[gate * cell.hidden_size + unit]), sum_frac(cell, gate))


def whole(cell, gate: int, total: Fraction) -> int:
    """A sum as the accumulator holds it."""
    scaled = total * Fraction(2) ** sum_frac(cell, gate)
    assert scaled.denominator == 1
    return int(scaled)


def pre(model, cell, name: str, total: Fraction, tanh: bool) -> int:
    """A pre-activation."""
    return model.requantize((cell.name, name), total, model.z_frac + tanh, model.z_limits, "z")


def hidden(model, cell, total: Fraction) -> int:
    return model.requantize((cell.name, "h"), total, cell.h.frac, limits(cell.h.width, True), "h")


class Notes:
    """Signals of one step, unit by unit."""

    def __init__(self, model, cell, step: int):
        self.model, self.cell, self.step = model, cell, step

    def __call__(self, **signals) -> None:
        for name, raw in signals.items():
            self.model.note(self.cell.name, name, self.step, raw)


def lstm_step(model, cell, step: int, x, state):
    note, n = Notes(model, cell, step), model.bits
    new_h, new_c = [], []
    for unit in range(cell.hidden_size):
        act = {}
        for gate, name in enumerate("ifgo"):
            a = product(cell, "ih", gate, unit, x) + product(cell, "hh", gate, unit, state[0]) + bias(cell, gate, unit)
            z = pre(model, cell, f"z_{name}", a, name == "g")
            act[name] = model.tanh(z) if name == "g" else model.sigmoid(z)
            note(**{f"a_{name}": whole(cell, gate, a), f"z_{name}": z, name: act[name]})
        kept = value(act["f"], n) * value(state[1][unit], cell.c.frac)
        total = kept + value(act["i"], n) * value(act["g"], n - 1)
        c = model.requantize((cell.name, "c"), total, cell.c.frac, limits(cell.c.width, True), "c")
        zc = pre(model, cell, "zc", value(c, cell.c.frac), True)
        tc = model.tanh(zc)
        new_h.append(hidden(model, cell, value(act["o"], n) * value(tc, n - 1)))
        new_c.append(c)
        note(c=c, zc=zc, tc=tc, h=new_h[-1])
    return [new_h, new_c]


def gru_step(model, cell, step: int, x, state):
    note, n, (h,) = Notes(model, cell, step), model.bits, state
    units = range(cell.hidden_size)
    r, z = [], []
    for unit in units:
        for gate, outputs in enumerate((r, z)):
            a = product(cell, "ih", gate, unit, x) + product(cell, "hh", gate, unit, h) + bias(cell, gate, unit)
            raw = pre(model, cell, f"z_{'rz'[gate]}", a, False)
            outputs.append(model.sigmoid(raw))
            note(**{f"a_{'rz'[gate]}": whole(cell, gate, a), f"z_{'rz'[gate]}": raw, "rz"[gate]: outputs[-1]})
    if not cell.reset_after:
        scaled = [value(r[unit], n) * value(h[unit], n - 1) for unit in units]
        s = [model.requantize((cell.name, "s"), v, n - 1, limits(n, True), "h") for v in scaled]
        for raw in s:
            note(s=raw)
    new_h = []
    for unit in units:
        a_nx = product(cell, "ih", 2, unit, x) + bias(cell, 2, unit)
        if cell.reset_after:
            a_nh = product(cell, "hh", 2, unit, h) + value(int(cell.bias_hn_raw[unit]), sum_frac(cell, 2))
            p = model.requantize((cell.name, "p"), a_nh, cell.p.frac, limits(cell.p.width, True), "c")
            note(a_nx=whole(cell, 2, a_nx), a_nh=whole(cell, 2, a_nh), p=p)
            total = a_nx + value(r[unit], n) * value(p, cell.p.frac)
        else:
            total = a_nx + product(cell, "hh", 2, unit, s)
            note(a_n=whole(cell, 2, total))
        z_n = pre(model, cell, "z_n", total, True)
        candidate = value(model.tanh(z_n), n - 1)
        new_h.append(hidden(model, cell, candidate + value(z[unit], n) * (value(h[unit], n - 1) - candidate)))
        note(z_n=z_n, n=model.tanh(z_n), h=new_h[-1])
    return [new_h]


def rnn_step(model, cell, step: int, x, state):
    note, new_h = Notes(model, cell, step), []
    for unit in range(cell.hidden_size):
        a = product(cell, "ih", 0, unit, x) + product(cell, "hh", 0, unit, state[0]) + bias(cell, 0, unit)
        note(a=whole(cell, 0, a))
        if cell.activation == "relu":
            new_h.append(max(0, hidden(model, cell, a)))
        else:
            z = pre(model, cell, "z", a, True)
            note(z=z)
            new_h.append(model.tanh(z))
        note(h=new_h[-1])
    return [new_h]


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}
