"""Train a network that tells vowels apart by their spectra, each spoken for as long as it takes.

The sequences are made by vowels.py. Needs the extra `train` (PyTorch). Everything is seeded; on one CPU it takes
less than a minute:

    python examples/train_vowels.py                  # an LSTM, into examples/models, and the data into examples/data
    python examples/train_vowels.py --cell gru
"""

from dataclasses import replace
from pathlib import Path

import torch
from sequences import DATA, accuracy
from training import MODELS, Recipe, parser, run, train, write_model
from vowels import VOWELS, datasets, nearest_mean

#: Chosen on the validation data.
RECIPES = {
    "lstm": Recipe(hidden=32, rate=1e-2, epochs=30, decay=0.1, noise=0.05),
    "gru": Recipe(hidden=32, rate=1e-2, epochs=30, decay=0.1, noise=0.05),
    "rnn": Recipe(hidden=32, rate=5e-3, epochs=40, decay=0.1, noise=0.05),
}


def main():
    options = parser(__doc__.splitlines()[0])
    options.add_argument("-o", "--out", type=Path, default=MODELS, help="folder of the model, default: examples/models")
    options.add_argument("--data", type=Path, default=DATA, help="folder of the data, default: examples/data")
    options = options.parse_args()
    recipe = RECIPES[options.cell]
    recipe = replace(recipe, epochs=options.epochs or recipe.epochs)
    training, validation, test, calibration = datasets()
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.05)
    net = train(options.cell, training, len(VOWELS), recipe, options.seed, loss, validation=validation)
    model = write_model(net, test, options.out / f"vowels_{options.cell}.safetensors")
    test.write(options.data / "vowels_test.npz")
    calibration.write(options.data / "vowels_calibration.npz")
    for what, data in (("training", training), ("validation", validation), ("test", test)):
        print(f"{what} accuracy {accuracy(model, data)[1]}")
    right = nearest_mean(training, test)
    print(f"nearest mean spectrum: test accuracy {right / len(test):.2%} ({right} of {len(test)})")


if __name__ == "__main__":
    run(main)
