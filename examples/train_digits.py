"""Train the example that comes with rnnhw: an LSTM that reads 8x8 digits, one row of pixels a time step.

Needs the extra `train` (PyTorch, scikit-learn). Everything is seeded; on one CPU it takes seconds:

    python examples/train_digits.py                 # writes into rnnhw/data
    python examples/train_digits.py --out elsewhere
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from rnnhw.importers import from_torch, load
from rnnhw.network import save

HIDDEN = 32
TEST_SEQUENCES = 450
CALIBRATION_SEQUENCES = 256


class DigitsNet(torch.nn.Module):
    """An LSTM over the 8 rows and a linear layer on its last step, one output a digit."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(8, HIDDEN, batch_first=True)
        self.fc = torch.nn.Linear(HIDDEN, 10)

    def forward(self, x):
        steps, _ = self.lstm(x)
        return self.fc(steps[:, -1])


def split_digits(seed):
    """Images as sequences (n, 8 rows, 8 pixels) in 0..1 and labels: x_train, x_test, y_train, y_test."""
    digits = load_digits()
    x = (digits.images / 16.0).astype(np.float32)
    return train_test_split(
        x, digits.target.astype(np.int64), test_size=TEST_SEQUENCES, stratify=digits.target, random_state=seed
    )


def shifted(x, generator):
    """Training images, each moved sideways by -1, 0 or 1 pixel: another view in every epoch."""
    move = torch.randint(-1, 2, (len(x),), generator=generator)
    padded = torch.nn.functional.pad(x, (1, 1))
    columns = torch.arange(8) + 1 + move[:, None]
    return padded.gather(2, columns[:, None, :].expand(-1, 8, -1))


def train(x, y, epochs, seed):
    """Train a DigitsNet; weight decay and clipped gradients keep the weights small, which quantises well."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(seed)
    net = DigitsNet()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    batches = (len(x) + 31) // 32
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1e-2, total_steps=epochs * batches)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=generator).split(32):
            optimiser.zero_grad()
            answers = net(shifted(x[batch], generator))
            torch.nn.functional.cross_entropy(answers, y[batch], label_smoothing=0.05).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    with torch.no_grad():  # only the sum of the two biases counts: keep it in one, in float32
        net.lstm.bias_ih_l0 += net.lstm.bias_hh_l0
        net.lstm.bias_hh_l0.zero_()
    return net.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "rnnhw" / "data")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    x_train, x_test, y_train, y_test = split_digits(options.seed)
    net = train(x_train, y_train, options.epochs, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "digits_lstm.safetensors"
    save(from_torch(net, torch.from_numpy(x_train[:32]), name="digits_lstm"), path)
    np.savez_compressed(options.out / "digits_test.npz", x=x_test, y=y_test)
    some = slice(CALIBRATION_SEQUENCES)
    np.savez_compressed(options.out / "digits_calibration.npz", x=x_train[some], y=y_train[some])
    written = load(path)
    for what, x, y in (("training", x_train, y_train), ("test", x_test, y_test)):
        right = int((written.run(x).argmax(axis=1) == y).sum())
        print(f"{what} accuracy {right / len(y):.2%} ({right} of {len(y)})")


if __name__ == "__main__":
    main()
