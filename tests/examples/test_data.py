"""The made data: whole, small, and the same if they are made again."""

import numpy as np
import pytest

MADE = {"vowels": "vowels", "load": "town_load"}
FORMS = {  # sequences, steps, inputs; shape and type of y
    "vowels_test": ((400, 29, 12), (400,), np.int64),
    "vowels_calibration": ((200, 29, 12), (200,), np.int64),
    "load_test": ((514, 24, 5), (514, 6), np.float32),
    "load_calibration": ((256, 24, 5), (256, 6), np.float32),
}


def read(folder, name):
    with np.load(folder / "data" / f"{name}.npz") as file:
        return dict(file)


@pytest.mark.parametrize("task", MADE)
def test_the_same_data_are_made_again(task, script, examples):
    training, _, test, calibration = script(MADE[task]).datasets()
    for what, made in (("test", test), ("calibration", calibration)):
        stored = read(examples, f"{task}_{what}")
        assert set(stored) == {"x", "y"} | ({"lengths"} if task == "vowels" else set())
        for key, array in stored.items():
            assert getattr(made, key).dtype == array.dtype
            assert (getattr(made, key) == array).all()
    trained_on = {x.tobytes() for x in training.x}
    assert {x.tobytes() for x in calibration.x} <= trained_on
    assert not {x.tobytes() for x in test.x} & trained_on


def test_another_seed_makes_other_data(script):
    """Control: the comparison above is not between constants."""
    vowels, load = script("vowels"), script("town_load")
    assert (vowels.vowels(3, 1).x != vowels.vowels(3, 2).x).any()
    assert (load.series(1, 1).load != load.series(1, 2).load).any()


@pytest.mark.parametrize("name", FORMS)
def test_forms(name, examples):
    data, (x, y, kind) = read(examples, name), FORMS[name]
    assert (examples / "data" / f"{name}.npz").stat().st_size < 300_000
    assert data["x"].shape == x
    assert data["x"].dtype == np.float16
    assert np.abs(data["x"]).max() < 2
    assert (data["y"].shape, data["y"].dtype) == (y, kind)


@pytest.mark.parametrize("name", ["vowels_test", "vowels_calibration"])
def test_vowels(name, examples):
    data = read(examples, name)
    assert (data["lengths"].min(), data["lengths"].max()) == (7, 29)
    behind = np.arange(29) >= data["lengths"][:, None]
    assert not data["x"][behind].any()
    assert data["x"][~behind].any(axis=1).all()
    assert np.bincount(data["y"], minlength=8).min() >= 15


def test_load_is_the_load_that_comes_next(script, examples):
    load = script("town_load")
    series = load.series(5)
    assert 25 < series.load.min() < series.load.max() < load.RATED
    hours = slice(4 * load.YEAR, None)
    data = read(examples, "load_test")
    for window in (0, 1, 513):
        begin = window * load.TEST_STRIDE
        past, coming = np.split(series[hours].load[begin : begin + 30], [24])
        assert np.abs(data["x"][window, :, 0] - (past - 56) / 28).max() < 1e-3
        assert np.abs(100 * data["y"][window] - coming).max() < 1e-5
    working = data["x"][:, :, 4] > 0
    assert 0.6 < working.mean() < 5 / 7


def test_licence_and_source_of_every_file(examples):
    text = (examples / "data" / "README.md").read_text()
    for path in [*(examples / "data").glob("*.npz"), *(examples / "models").glob("*.safetensors")]:
        assert f"`{path.name}`" in text
    assert "Apache-2.0" in text
    assert "CC BY 4.0" in text
