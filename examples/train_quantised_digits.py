"""Train a digits model on in integers: what calibration loses at few bits, quantisation-aware training wins back.

Needs the extra `train` (PyTorch, scikit-learn). Everything is seeded; on one CPU it takes half a minute to a minute:

    python examples/train_quantised_digits.py                                     # LSTM, 4-bit weights and activations
    python examples/train_quantised_digits.py --cell gru --weight-bits 2
    python examples/train_quantised_digits.py --digits 6 --truncate 16            # a stream: the state is never cleared

It begins with the float model of examples/train_digits.py and the same training digits, a part of which is held out:
the weights of the epoch with the least loss there are kept. The test digits are only read by the final accuracies.
With --digits a sequence is that many digits, row after row, each answered at its last row, and nothing tells the
network where one begins; with --truncate the loss of some rows goes back through that many rows at most (truncated
backpropagation through time).
"""

import argparse
import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sequences import Sequences
from sklearn.model_selection import train_test_split
from train_digits import CALIBRATION_SEQUENCES, SHIPPED, digits, loss, shifted
from training import MODELS, at_least_one, parser, run, tensors

from rnnhw import load
from rnnhw.quantize import Quantization
from rnnhw.torch import prepare

ROWS = 8
VALIDATION = 200
BATCH = 32
# Epochs and highest learning rate for few bits of weights and for more, and the deviation of the noise on the pixels;
# rates and noise were chosen by cross-validation on the training digits.
FEW_BITS, FEW, MORE = 2, (400, 6e-3), (200, 3e-3)
NOISE = 0.1
OUT = Path("build")


def streams(data, count):
    """Sequences of `count` digits each, row after row, and the label of each digit."""
    whole = len(data) // count * count
    x = data.x[:whole].reshape(-1, count * ROWS, data.x.shape[2])
    return Sequences(x, data.y[:whole].reshape(-1, count))


def ends(begin, rows):
    """Rows of a chunk, which begins at a row of the sequence, at which digits end."""
    return [row - begin for row in range(begin, begin + rows) if row % ROWS == ROWS - 1]


def chunks(module, x, y, truncate):
    """The loss of each chunk in which digits end; the state goes from chunk to chunk without its gradient."""
    state, begin = None, 0
    for chunk in x.split(truncate, dim=1):
        answers, state = module(chunk, initial_state=state, return_state=True)
        rows, done = ends(begin, chunk.shape[1]), begin // ROWS
        if rows:
            answers = answers[:, None] if answers.ndim == 2 else answers[:, rows]
            yield loss(answers.flatten(0, 1), y[:, done : done + len(rows)].flatten())
        state, begin = state.detach(), begin + chunk.shape[1]


def accuracy(model, data):
    """Share of digits that are read rightly, as a text."""
    answers = model.run(data.x)
    answers = answers[:, None] if answers.ndim == 2 else answers[:, ends(0, data.x.shape[1])]
    right = int((answers.argmax(axis=2) == data.y).sum())
    return f"{right / data.y.size:.2%} ({right} of {data.y.size})"


def train(module, training, validation, options):
    """Train the module, and leave it with the weights of the epoch with the least loss on the validation part."""
    generator = torch.Generator().manual_seed(options.seed)
    digits_x, digits_y, _ = tensors(training)
    held_x, held_y, _ = tensors(streams(validation, options.digits))
    batches = -(-(len(training) // options.digits) // BATCH)
    optimiser = torch.optim.AdamW(module.parameters(), lr=options.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=options.rate, total_steps=options.epochs * batches, pct_start=0.1
    )
    best = None
    for _ in range(options.epochs):
        module.train()
        order = torch.randperm(len(digits_x), generator=generator)
        order = order[: len(order) // options.digits * options.digits].reshape(-1, options.digits)
        for some in order.split(BATCH):
            x = shifted(digits_x[some.flatten()], generator)
            x = (x + NOISE * torch.randn(x.shape, generator=generator)).reshape(len(some), options.digits * ROWS, -1)
            for part in chunks(module, x, digits_y[some], options.truncate):
                optimiser.zero_grad()
                part.backward()
                torch.nn.utils.clip_grad_norm_(module.parameters(), options.clip)
                optimiser.step()
            schedule.step()
        with torch.no_grad():
            reached = sum(part.item() for part in chunks(module.eval(), held_x, held_y, held_x.shape[1]))
        if best is None or reached < best[0]:
            best = reached, copy.deepcopy(module.state_dict())
    module.load_state_dict(best[1])


def positive(text):
    """An option that is a positive number."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return number


def arguments():
    """The command line."""
    made = parser(__doc__.splitlines()[0])
    made.add_argument("--model", type=Path, help="float model; default: the one of the cell")
    made.add_argument("--weight-bits", type=int, default=4)
    made.add_argument("--activation-bits", type=int, default=4)
    made.add_argument("--state-bits", type=int, help="default: twice the activation bits")
    made.add_argument("--method", default="mse", help="how formats are chosen")
    made.add_argument("--per-gate", action=argparse.BooleanOptionalAction, default=True, help="a scale for each gate")
    made.add_argument("--rate", type=positive, help="highest learning rate; default: by the bits of weights")
    made.add_argument("--clip", type=positive, default=1.0, help="norm to which gradients are clipped")
    made.add_argument("--digits", type=at_least_one, default=1, help="in a sequence, with the state kept")
    made.add_argument("--truncate", type=at_least_one, help="rows that a gradient goes back; default: all")
    made.add_argument("-o", "--out", type=Path, default=OUT, help="folder")
    options = made.parse_args()
    epochs, rate = FEW if options.weight_bits <= FEW_BITS else MORE
    options.epochs, options.rate = options.epochs or epochs, options.rate or rate
    options.truncate = options.truncate or options.digits * ROWS
    if options.model is None:
        options.model = (SHIPPED if options.cell == "lstm" else MODELS) / f"digits_{options.cell}.safetensors"
    return options


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    config = Quantization(
        **{key: getattr(options, key) for key in ("weight_bits", "activation_bits", "state_bits", "method", "per_gate")}
    )
    net = load(options.model)
    data, test = digits()
    most, held = train_test_split(np.arange(len(data)), test_size=VALIDATION, stratify=data.y, random_state=0)
    calibration = streams(data[most[:CALIBRATION_SEQUENCES]], options.digits)
    print(f"float, a digit a sequence: {accuracy(net, streams(test, 1))}")
    if options.digits > 1:
        net = replace(net, mode="many-to-many")
    module = prepare(net, config, calibration.x)
    print(f"calibration alone: {accuracy(module.export(), streams(test, options.digits))}", flush=True)
    train(module, data[most], data[held], options)
    trained = module.export()
    print(f"trained: {accuracy(trained, streams(test, options.digits))}")
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"{options.model.stem}_w{options.weight_bits}a{options.activation_bits}"
    path = options.out / f"{name}{'' if options.digits == 1 else '_stream'}.rnnq"
    trained.save(path)
    print(f"wrote {path}")


if __name__ == "__main__":
    run(main)
