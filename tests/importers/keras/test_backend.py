"""Which backend Keras is imported with."""

import builtins
import json
import os
import sys

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras import backend, from_keras
from rnnhw.importers.keras.backend import complaint, load_keras


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """As if Keras had not been imported yet, with a configuration of its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(backend, "find_spec", lambda name: name in ("keras", "torch", "jax"))
    return tmp_path


def chosen():
    """What Keras would find in the environment while it is imported."""
    with backend._backend():
        return os.environ.get("KERAS_BACKEND")


def test_pytorch_if_the_user_says_nothing(fresh):
    assert chosen() == "torch"
    assert "KERAS_BACKEND" not in os.environ


def test_what_the_user_says_is_kept(fresh, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert chosen() == "tensorflow"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


@pytest.mark.parametrize(
    ("text", "backend_name"),
    [
        (json.dumps({"backend": "jax"}), None),
        (json.dumps({"backend": "tensorflow"}), "torch"),  # not installed: what Keras itself writes there
        (json.dumps({"backend": 3}), "torch"),
        ("[]", "torch"),
        ("nonsense", "torch"),
    ],
)
def test_keras_s_own_configuration(fresh, text, backend_name):
    (fresh / "keras.json").write_text(text)
    assert chosen() == backend_name


def test_without_pytorch_nothing_is_changed(fresh, monkeypatch):
    monkeypatch.setattr(backend, "find_spec", lambda name: name == "keras")
    assert chosen() is None


def test_keras_is_missing(fresh, monkeypatch):
    monkeypatch.setattr(backend, "find_spec", lambda name: None)
    with pytest.raises(RnnhwError, match=r"a Keras model needs Keras 3: pip install 'rnnhw\[keras\]'"):
        from_keras(np.zeros(3))


def test_the_backend_is_missing(fresh, monkeypatch):
    real = builtins.__import__

    def broken(name, *rest):
        if name == "keras":
            raise ModuleNotFoundError("No module named 'tensorflow'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(RnnhwError) as caught:
        load_keras()
    assert str(caught.value) == (
        "Keras cannot be imported with its backend (No module named 'tensorflow'): set KERAS_BACKEND to one that is "
        "installed, or pip install 'rnnhw[keras]'"
    )
    assert "KERAS_BACKEND" not in os.environ


def test_keras_2(fresh, monkeypatch):
    class Old:
        __version__ = "2.15.0"

    monkeypatch.setitem(sys.modules, "keras", Old)
    with pytest.raises(RnnhwError, match=r"a Keras model needs Keras 3, not 2.15.0"):
        load_keras()


def test_complaints_are_one_line():
    text = (
        "Exception encountered when calling GRU.call().\n\n\x1b[1mno good\x1b[0m\n\nArguments received by GRU.call():"
    )
    assert complaint(ValueError(text)) == "ValueError: no good"
    assert complaint(KeyError()) == "KeyError"
    inner = "could not be made.\n\nconfig={}.\n\nException encountered: " * 2 + "x" * 300
    assert complaint(TypeError(inner)) == f"TypeError: {'x' * 200} ..."
