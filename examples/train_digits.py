"""Train a network that reads 8x8 digits, one row of pixels a time step: an LSTM, a GRU or an RNN.

Needs the extra `train` (PyTorch, scikit-learn). Everything is seeded; on one CPU it takes seconds:

    python examples/train_digits.py                  # the model that comes with rnnhw, into rnnhw/data
    python examples/train_digits.py --cell gru       # into examples/models
    python examples/train_digits.py --cell gru --validate   # how good a recipe is, without the test digits
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, train_test_split
from training import MODELS, Recipe, Sequences, accuracy, parser, run, train, write_model

from rnnhw import from_torch, quantize

SHIPPED = Path(__file__).parents[1] / "rnnhw" / "data"
SPLIT_SEED = 1
TEST_SEQUENCES = 450
FOLDS = 5
CALIBRATION_SEQUENCES = 256
#: Chosen by --validate, which never sees the test digits.
RECIPES = {
    "lstm": Recipe(hidden=32, rate=1e-2, epochs=60),
    "gru": Recipe(hidden=32, rate=1.5e-2, epochs=60, decay=0.1, noise=0.1),
    "rnn": Recipe(hidden=32, rate=1e-2, epochs=120, decay=0.1, noise=0.1),
}


def digits():
    """Images as sequences of 8 rows of 8 pixels in 0..1, with labels: training and test."""
    images = load_digits()
    data = Sequences((images.images / 16.0).astype(np.float32), images.target.astype(np.int64))
    return [data[some] for some in _split(data)]


def _split(data):
    """Places of training and test digits, with the same share of each label."""
    return train_test_split(np.arange(len(data)), test_size=TEST_SEQUENCES, stratify=data.y, random_state=SPLIT_SEED)


def shifted(x, generator):
    """Training images, each moved sideways by -1, 0 or 1 pixel: another view in every epoch."""
    move = torch.randint(-1, 2, (len(x),), generator=generator)
    padded = torch.nn.functional.pad(x, (1, 1))
    columns = torch.arange(8) + 1 + move[:, None]
    return padded.gather(2, columns[:, None, :].expand(-1, 8, -1))


def loss(answers, y):
    """Cross entropy; smoothed labels keep answers, and so weights, small."""
    return torch.nn.functional.cross_entropy(answers, y, label_smoothing=0.05)


def validate(cell, training, recipe, seed):
    """Cross-validate a recipe on the training digits: accuracy in float, and with 4 bits for all."""
    shares = []
    for most, others in StratifiedKFold(FOLDS).split(training.x, training.y):
        net = train(cell, training[most], 10, recipe, seed, loss, shifted)
        model = from_torch(net, torch.from_numpy(training.x[most[:32]]))
        few = quantize(model, training.x[most[:CALIBRATION_SEQUENCES]], weight_bits=4, activation_bits=4, per_gate=True)
        held = training[others]
        shares.append([accuracy(each, held)[0] / len(held) for each in (model, few)])
    return np.mean(shares, axis=0)


def main():
    options = parser(__doc__.splitlines()[0])
    options.add_argument(
        "-o", "--out", type=Path, help="folder; default: rnnhw/data for the LSTM, else examples/models"
    )
    options.add_argument(
        "--validate", action="store_true", help="cross-validate the recipe on the training digits only"
    )
    options = options.parse_args()
    recipe = RECIPES[options.cell]
    recipe = replace(recipe, epochs=options.epochs or recipe.epochs)
    training, test = digits()
    if options.validate:
        shares = validate(options.cell, training, recipe, options.seed)
        print("validation accuracy {:.2%}, with weights and activations of 4 bits {:.2%}".format(*shares))
        return
    net = train(options.cell, training, 10, recipe, options.seed, loss, shifted)
    out = options.out or (SHIPPED if options.cell == "lstm" else MODELS)
    model = write_model(net, training, out / f"digits_{options.cell}.safetensors")
    if options.cell == "lstm":
        test.write(out / "digits_test.npz")
        training[:CALIBRATION_SEQUENCES].write(out / "digits_calibration.npz")
    for what, data in (("training", training), ("test", test)):
        print(f"{what} accuracy {accuracy(model, data)[1]}")


if __name__ == "__main__":
    run(main)
