"""Golden's speed against the same arithmetic with plain int64 products, and against torch in float32."""

import time
from functools import partial

import numpy as np
from common import batch, lstm_network, new_table, show

import rnnhw
from rnnhw.fixedpoint import QFormat, requantize

SIZES = ((8, 32), (32, 128), (64, 256))
SEQUENCES, STEPS, REPEATS = 256, 16, 3


def int64_loop(qnet, x_raw: np.ndarray) -> np.ndarray:
    """The LSTM's equations as one would write them: int64 products, a step at a time."""
    layer = qnet.layers[0]
    z_sigmoid, z_tanh = qnet.preactivations
    x_shift, h_shift = layer.shifts
    bits, table = qnet.config.activation_bits, qnet.table
    h = np.zeros((len(x_raw), layer.hidden_size), np.int64)
    c, answers = h, []
    for step in range(x_raw.shape[1]):
        a = (
            (x_raw[:, step] << x_shift) @ layer.weight_ih_raw.T
            + (h << h_shift) @ layer.weight_hh_raw.T
            + layer.bias_raw
        )
        parts = np.split(a, 4, axis=1)
        forms = [QFormat(62, layer.accumulator_frac(gate)) for gate in range(4)]
        targets = (z_sigmoid, z_sigmoid, z_tanh, z_sigmoid)
        z = [requantize(p, f, t) for p, f, t in zip(parts, forms, targets, strict=True)]
        i, f, o, g = table.sigmoid(z[0]), table.sigmoid(z[1]), table.sigmoid(z[3]), table.tanh(z[2])
        kept_frac, fresh_frac = bits + layer.c.frac, 2 * bits - 1
        frac = max(kept_frac, fresh_frac)
        c = requantize((f * c << (frac - kept_frac)) + (i * g << (frac - fresh_frac)), QFormat(62, frac), layer.c)
        h = requantize(o * table.tanh(requantize(c, layer.c, z_tanh)), QFormat(62, fresh_frac), layer.h)
        answers.append(h)
    return np.stack(answers, axis=1)


def torch_lstm(net):
    """The same network in torch float32, or None where torch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    layer = net.layers[0]
    module = torch.nn.LSTM(layer.input_size, layer.hidden_size, batch_first=True)
    with torch.no_grad():
        for name, value in (
            ("weight_ih_l0", layer.weight_ih),
            ("weight_hh_l0", layer.weight_hh),
            ("bias_ih_l0", layer.bias),
        ):
            getattr(module, name).copy_(torch.tensor(value))
        module.bias_hh_l0.zero_()

    def run(x):
        """The outputs of all steps."""
        with torch.no_grad():
            return module(torch.tensor(x, dtype=torch.float32))[0].numpy()

    return run


def seconds(function, argument) -> float:
    """Best of a few runs."""
    function(argument[:2])
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        function(argument)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print the table."""
    columns = (
        "inputs, hidden",
        "golden MMAC/s",
        "int64 loop MMAC/s",
        "golden / int64",
        "torch MMAC/s",
        "golden / torch",
    )
    table = new_table(f"golden, {SEQUENCES} sequences of {STEPS} steps, 8 bits", *columns)
    for inputs, hidden in SIZES:
        net = lstm_network(inputs, hidden)
        x = batch(inputs, SEQUENCES, STEPS)
        qnet = rnnhw.quantize(net, x)
        x_raw = qnet.input.from_float(x)
        if not np.array_equal(qnet.run_raw(x_raw), int64_loop(qnet, x_raw)):
            raise SystemExit("golden and the int64 loop differ")
        macs = SEQUENCES * STEPS * 4 * hidden * (inputs + hidden) / 1e6
        golden, plain = macs / seconds(qnet.run_raw, x_raw), macs / seconds(partial(int64_loop, qnet), x_raw)
        torch = torch_lstm(net)
        speed = None if torch is None else macs / seconds(torch, x)
        last = ("not installed", "") if speed is None else (f"{speed:,.0f}", f"{golden / speed:.2f}")
        table.add_row(f"{inputs}, {hidden}", f"{golden:,.0f}", f"{plain:,.0f}", f"{golden / plain:.1f}", *last)
    show(table)


if __name__ == "__main__":
    main()
