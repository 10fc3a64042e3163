"""What masked steps, those past a sequence's end, do to ids."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called
from rnnhw.importers.keras.graph import Value
from rnnhw.importers.provenance import Provenance


def _counted(provenance):
    """Which steps count, shape (sequences, steps)."""
    return np.arange(provenance.steps) < provenance.lengths[:, None]


def with_mask(arguments, masked, keras):
    """Arguments of a layer whose values carry a mask."""
    return keras.tree.map_structure(lambda x: Value(x.ids, masked) if isinstance(x, Value) else x, arguments)


def without_repeats(ids, provenance):
    """An output of a model with zeros behind each sequence's end, where Keras may repeat the last one."""
    counted = _counted(provenance)
    if counted.all() or ids.shape[:2] != counted.shape:
        return ids
    last = ids[np.arange(len(ids)), provenance.lengths - 1][:, None]
    behind = ~counted.reshape(*counted.shape, *[1] * (ids.ndim - 2))
    return np.where(behind & (ids == last), Provenance.ZERO, ids)


def check_masked(layer, value, provenance, variable):
    """Refuse sequences of several lengths that a recurrent layer is not told, or that begin with padding."""
    if variable and value.mask is None:
        raise RnnhwError(f"{called(layer)} is not given the mask that the model's Masking layer makes")
    counted = _counted(provenance)
    if value.ids.shape[:2] == counted.shape and (value.ids[counted] == Provenance.ZERO).any():
        raise RnnhwError(f"{called(layer)} is given padding in front of the sequences, which is not supported")
