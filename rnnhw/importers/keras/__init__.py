"""From Keras 3: `.keras` files and live models."""

from rnnhw.importers.keras.backend import KerasWarning
from rnnhw.importers.keras.files import read
from rnnhw.importers.keras.model import from_keras

__all__ = ["KerasWarning", "from_keras", "read"]
