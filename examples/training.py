"""What the training scripts share: the network, the loop, and how the result is written and checked."""

import argparse
import copy
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from rnnhw import RnnhwError, from_torch, load, save

CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
#: Where models go if nothing else is said.
MODELS = Path(__file__).parent / "models"
#: Largest difference between a module in float64 and what was written of it, relative to the largest answer.
TOLERANCE = 1e-9


class Net(torch.nn.Module):
    """One recurrent layer, and a linear layer on each sequence's own last step.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    inputs, hidden, outputs : int
    """

    def __init__(self, cell, inputs, hidden, outputs):
        super().__init__()
        self.recurrent = CELLS[cell](inputs, hidden, batch_first=True)
        self.fc = torch.nn.Linear(hidden, outputs)

    def forward(self, x, lengths=None):
        if lengths is None:
            steps, _ = self.recurrent(x)
            return self.fc(steps[:, -1])
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.recurrent(packed)
        hidden = state[0] if isinstance(state, tuple) else state
        return self.fc(hidden[-1])

    @torch.no_grad()
    def join_biases(self):
        """Keep in one of the two biases what only counts as their sum: all but the candidate's of a GRU."""
        first, second = self.recurrent.bias_ih_l0, self.recurrent.bias_hh_l0
        rows = 2 * self.recurrent.hidden_size if isinstance(self.recurrent, torch.nn.GRU) else len(first)
        first[:rows] += second[:rows]
        second[:rows].zero_()


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    hidden : int
    rate : float
        Highest learning rate of the one-cycle schedule.
    epochs : int
    decay : float
        Weight decay: small weights quantise well.
    clip : float
        Norm to which gradients are clipped.
    noise : float
        Deviation of the Gaussian noise on the inputs during training.
    batch : int
    """

    hidden: int
    rate: float
    epochs: int
    decay: float = 1e-2
    clip: float = 1.0
    noise: float = 0.0
    batch: int = 32


def train(cell, training, outputs, recipe, seed, loss, augment=None, validation=None):
    """Train a `Net`; the same seed gives the same weights on the same machine.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    training : Sequences
    outputs : int
    recipe : Recipe
    seed : int
    loss : callable
        (answers, y) -> scalar.
    augment : callable, optional
        (x, generator) -> another view of a batch.
    validation : Sequences, optional
        The weights of the epoch with the least loss on them are kept, else those of the last epoch.

    Returns
    -------
    Net
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(seed)
    x, y, lengths = tensors(training)
    net = Net(cell, x.shape[2], recipe.hidden, outputs)
    batches = -(-len(x) // recipe.batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=recipe.rate, total_steps=recipe.epochs * batches)
    best = None
    for _ in range(recipe.epochs):
        for some in torch.randperm(len(x), generator=generator).split(recipe.batch):
            optimiser.zero_grad()
            seen = x[some] if augment is None else augment(x[some], generator)
            if recipe.noise:
                seen = seen + recipe.noise * torch.randn(seen.shape, generator=generator)
            loss(net(seen, None if lengths is None else lengths[some]), y[some]).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
            optimiser.step()
            schedule.step()
        if validation is not None:
            reached = _loss_on(net, validation, loss)
            if best is None or reached < best[0]:
                best = reached, copy.deepcopy(net.state_dict())
    if best is not None:
        net.load_state_dict(best[1])
    net.join_biases()
    return net.eval()


def tensors(data):
    """x in float32, y in int64 or float32, lengths or None."""
    y = torch.from_numpy(data.y)
    lengths = None if data.lengths is None else torch.from_numpy(data.lengths)
    return torch.from_numpy(data.x).float(), y.float() if y.is_floating_point() else y, lengths


@torch.no_grad()
def _loss_on(net, data, loss):
    x, y, lengths = tensors(data)
    return loss(net(x, lengths), y).item()


def write_model(net, data, path):
    """Write a trained net as a model of rnnhw, and read it again.

    Parameters
    ----------
    net : Net
    data : Sequences
        What the model is checked with before it is written, with their lengths.
    path : Path
        Its stem becomes the model's name.

    Returns
    -------
    Network
        As it is in the file.

    Raises
    ------
    RnnhwError
        If its answers are not the module's, or the file cannot be written.
    """
    some = data[:32]
    x, _, lengths = tensors(some)
    example = 4 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))  # tells all structures apart
    model = from_torch(net, example, name=path.stem)
    with torch.no_grad():
        expected = copy.deepcopy(net).double()(x.double(), lengths).numpy()
    difference = np.abs(model.run(x.numpy(), some.lengths) - expected).max()
    if not difference <= TOLERANCE * np.abs(expected).max():
        raise RnnhwError(f"{path}: its answers would differ from the module's by up to {difference:.2g}")
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, path)
    return load(path)


def at_least_one(text):
    """An option that counts something, or numbers it."""
    if not text.isdecimal() or not 1 <= int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1, not {text!r}")
    return int(text)


def parser(description):
    """The options that all scripts have."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--cell", choices=CELLS, default="lstm", help="default: lstm")
    made.add_argument("--seed", type=at_least_one, default=1, help="default: 1; the data stay the same")
    made.add_argument("--epochs", type=at_least_one, help="default: what was chosen for the cell")
    return made


def run(main):
    """Run a script; a mistake is one line and exit code 2."""
    try:
        main()
    except (RnnhwError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
