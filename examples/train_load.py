"""Train a network that forecasts a town's electric load: the next 6 hours from the last 24.

The hourly series is made by town_load.py. Needs the extra `train` (PyTorch). Everything is seeded; on one CPU it
takes less than a minute:

    python examples/train_load.py                  # an LSTM, into examples/models, and the data into examples/data
    python examples/train_load.py --cell gru
"""

from dataclasses import replace
from pathlib import Path

import torch
from sequences import DATA
from town_load import AHEAD, datasets, errors, naive
from training import MODELS, Recipe, parser, run, train, write_model

#: Chosen on the validation data.
RECIPES = {
    "lstm": Recipe(hidden=24, rate=1e-2, epochs=30),
    "gru": Recipe(hidden=24, rate=1e-2, epochs=30),
    "rnn": Recipe(hidden=24, rate=5e-3, epochs=60),
}


def main():
    options = parser(__doc__.splitlines()[0])
    options.add_argument("-o", "--out", type=Path, default=MODELS, help="folder of the model, default: examples/models")
    options.add_argument("--data", type=Path, default=DATA, help="folder of the data, default: examples/data")
    options = options.parse_args()
    recipe = RECIPES[options.cell]
    recipe = replace(recipe, epochs=options.epochs or recipe.epochs)
    training, validation, test, calibration = datasets()
    loss = torch.nn.MSELoss()
    net = train(options.cell, training, AHEAD, recipe, options.seed, loss, validation=validation)
    model = write_model(net, test, options.out / f"load_{options.cell}.safetensors")
    test.write(options.data / "load_test.npz")
    calibration.write(options.data / "load_calibration.npz")
    for what, data in (("training", training), ("validation", validation), ("test", test)):
        print("{}: RMSE {:.3f} MW, MAPE {:.2f} %".format(what, *errors(model.run(data.x), data.y)))
    for what, forecast in naive(training, test).items():
        print("{}, test: RMSE {:.3f} MW, MAPE {:.2f} %".format(what, *errors(forecast, test.y)))


if __name__ == "__main__":
    run(main)
