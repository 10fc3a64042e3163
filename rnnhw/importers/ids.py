"""Ids of values: made in blocks, and read back as whole vectors of one layer at one step of one sequence."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.assembly import INPUT, Assembly

#: The id of a zero that a framework pads with.
ZERO = -1
#: Place of a vector of such zeros.
PADDING = -1


@dataclass(frozen=True)
class Block:
    """Consecutive ids of one part's values, shape (sequences, places, features).

    Parameters
    ----------
    first : int
        The first id.
    part : int
        Number of the part, see `Assembly`.
    shape : tuple of int
    signal : str
        "" for outputs, else what messages call it.
    """

    first: int
    part: int
    shape: tuple[int, int, int]
    signal: str


class Ids:
    """The ids of an example.

    Parameters
    ----------
    sequences, steps : int
    lengths : ndarray of int, shape (sequences,)
    """

    def __init__(self, sequences: int, steps: int, lengths: np.ndarray):
        self.sequences, self.steps, self.lengths = sequences, steps, lengths
        self._blocks, self._next = [], 0

    def new(self, part: int, places: int, features: int, signal: str = "") -> np.ndarray:
        """New ids, shape (sequences, places, features)."""
        shape = (self.sequences, places, features)
        self._blocks.append(Block(self._next, part, shape, signal))
        ids = self._next + np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
        self._next += ids.size
        return ids

    def _decoded(self, ids: np.ndarray, what: str, layers: Assembly):
        """The one block that ids come from, and sequence, place and feature of each; `PADDING` as place of zeros."""
        if ids.size == 0:
            raise RnnhwError(f"{what} takes nothing: its shape is {ids.shape}")
        if ids.dtype.kind not in "iu" or ids.min() < ZERO or ids.max() >= self._next:
            raise RnnhwError(f"{what} takes values that are computed in a way that is not understood")
        numbers = np.searchsorted([block.first for block in self._blocks], ids, side="right") - 1
        used = sorted(set(numbers[ids != ZERO].tolist()))
        if not used:
            raise RnnhwError(f"{what} takes nothing but padding")
        if len(used) > 1:
            named = " and ".join(self._named(number, layers) for number in used)
            raise RnnhwError(f"{what} takes values of {named} together, which is not supported")
        block = self._blocks[used[0]]
        sequence, place, feature = np.unravel_index(np.maximum(ids - block.first, 0), block.shape)
        padding = ids == ZERO
        return block, sequence, np.where(padding, PADDING, place), feature

    def _named(self, number: int, layers: Assembly) -> str:
        block = self._blocks[number]
        return f"{block.signal} of {layers.called(block.part)}" if block.signal else layers.called(block.part)

    def vectors(self, ids: np.ndarray, what: str, layers: Assembly):
        """The part whose whole output vectors stand along the last axis, and the sequence and place of each.

        A place is a step, or `steps` for what both directions of a layer end with, or `PADDING`.

        Raises
        ------
        RnnhwError
            For parts of vectors, vectors mixed of several, or other values than outputs.
        """
        if ids.ndim == 0:
            raise RnnhwError(f"{what} takes a single value")
        block, sequence, place, feature = self._decoded(ids, what, layers)
        if block.signal:
            raise RnnhwError(f"{what} takes {block.signal} of {layers.called(block.part)}, which is not supported")
        padding = place == PADDING
        if (padding.any(axis=-1) != padding.all(axis=-1)).any():
            raise RnnhwError(f"{what} takes vectors of outputs mixed with zeros")
        whole, padded = block.shape[2], padding[..., 0]
        right = ids.shape[-1] == whole and ((feature == np.arange(whole)) | padding).all()
        if not right:
            kept = sorted(set(feature[~padding].tolist()))
            which = f"units {kept[0]}..{kept[-1]} of {whole}" if len(kept) < whole else "the units in another order"
            if ids.shape[-1] > whole:
                which = "the outputs of several steps together"
            raise RnnhwError(f"{what} takes {which} of {layers.called(block.part)}; it must take all, in order")
        if (sequence != sequence[..., :1]).any():
            raise RnnhwError(f"{what} mixes the outputs of several sequences")
        return (
            block.part,
            sequence[..., 0],
            np.where(padded, PADDING, self._place(block, sequence, place, what, layers)),
        )

    def _place(self, block: Block, sequence, place, what: str, layers: Assembly) -> np.ndarray:
        """One place for each vector: the step, or `steps` for the final states of both directions."""
        same = (place == place[..., :1]).all(axis=-1)
        if same.all():
            return place[..., 0]
        layer = None if block.part == INPUT else layers[block.part].layer
        if getattr(layer, "kind", None) == "bidirectional":
            units = layer.forward.hidden_size
            ends = np.where(np.arange(block.shape[2]) < units, self.lengths[sequence] - 1, 0)
            if (same | (place == ends).all(axis=-1)).all():
                return np.where(same, place[..., 0], self.steps)
        raise RnnhwError(f"{what} takes outputs of {layers.called(block.part)} that belong to several steps")

    def sequence(self, ids: np.ndarray, what: str, layers: Assembly):
        """The part whose outputs at all steps are given, and whether in mirrored order.

        Parameters
        ----------
        ids : ndarray of int, shape (sequences, steps, features)
        what : str
            What messages call the taker.
        layers : Assembly
        """
        if ids.ndim != 3:
            raise RnnhwError(f"{what} must take sequences of vectors, not ids of {ids.ndim} axes")
        part, sequence, place = self.vectors(ids, what, layers)
        if ids.shape[:2] != (self.sequences, self.steps):
            raise RnnhwError(
                f"{what} must take all {self.steps} steps of {layers.called(part)}, not shape {ids.shape[:2]}"
            )
        at = np.arange(self.steps)
        valid = at < self.lengths[:, None]
        if (sequence != np.arange(self.sequences)[:, None])[valid].any():
            raise RnnhwError(f"{what} takes the sequences in another order")
        if (place == at)[valid].all():
            return part, False
        if (place == self.lengths[:, None] - 1 - at)[valid].all():
            return part, True
        raise RnnhwError(f"{what} takes the steps of {layers.called(part)} in another order than forwards or backwards")

    def mirrored(self, ids: np.ndarray) -> np.ndarray:
        """Each sequence's own steps in opposite order, zeros behind them."""
        at = self.lengths[:, None] - 1 - np.arange(self.steps)
        turned = ids[np.arange(self.sequences)[:, None], np.maximum(at, 0)]
        turned[at < 0] = ZERO
        return turned

    def answer(self, ids: np.ndarray, layers: Assembly):
        """The part that gives the answer, and the places of its vectors: of shape (sequences,), or (all steps, 1)."""
        block, sequence, place, feature = self._decoded(ids, "the answer", layers)
        if block.signal:
            raise RnnhwError(f"the answer is {block.signal} of {layers.called(block.part)}, which is not supported")
        rows = [self._row(ids, block, sequence, place, feature, number) for number in range(self.sequences)]
        if any(row is None or len(row) == 0 for row in rows):
            raise RnnhwError(
                f"the answer must hold all outputs of {layers.called(block.part)} for every sequence, in order"
            )
        first = (feature == 0) & (place != PADDING)
        self._check_order(sequence[first], place[first], layers.called(block.part))
        once = all(len(row) == 1 for row in rows)
        if not once:
            self._check_every_step(rows, layers)
        self._check_place(ids, rows, once, layers.called(block.part))
        part, _, place = self.vectors(np.concatenate(rows), "the answer", layers)
        return part, place if once else place[:, None]

    def _check_place(self, ids: np.ndarray, rows, once: bool, called: str) -> None:
        """Refuse zeros among the answer's values, but for those past a sequence's length, in any order of axes."""
        steps, size = 1 if once else self.steps, rows[0].shape[1]
        whole = np.full((self.sequences, steps, size), ZERO)
        for number, row in enumerate(rows):
            whole[number, : len(row)] = row
        parts = {1, *((2,) if size % 2 == 0 else ())}  # both directions may have an axis of their own
        for split in parts:
            axes = whole.reshape(self.sequences, steps, split, size // split)
            for order in permutations(range(4)):
                if order.index(2) < order.index(3) and np.array_equal(axes.transpose(order).ravel(), ids.ravel()):
                    return
        raise RnnhwError(f"the answer holds zeros among the outputs of {called}, or them in an order of its own")

    def _row(self, ids, block: Block, sequence, place, feature, number: int):
        """The vectors of one sequence in the answer, a row each, by their places; None if some are not whole."""
        mine = (sequence == number) & (place != PADDING)
        vectors = ids[mine]
        size = block.shape[2]
        if vectors.size % size:
            return None
        if vectors.size == size:
            return vectors.reshape(1, size)
        order = np.argsort(place[mine], kind="stable")
        return vectors[order].reshape(-1, size)

    def _check_every_step(self, rows, layers: Assembly) -> None:
        for number, row in enumerate(rows):
            _, _, place = self.vectors(row, "the answer", layers)
            if place.tolist() != list(range(int(self.lengths[number]))):
                raise RnnhwError(f"the answer holds the steps {place.tolist()} of a sequence of {self.lengths[number]}")

    def _check_order(self, sequence: np.ndarray, place: np.ndarray, called: str) -> None:
        """Refuse steps or sequences that do not stand in order, whichever axis counts them."""
        for number in range(self.sequences):
            if (np.diff(place[sequence == number]) < 0).any():
                raise RnnhwError(f"the answer holds the steps of {called} in another order than that of time")
        once = len(sequence) == self.sequences
        for step in range(self.steps + 1):
            if (np.diff(sequence[once | (place == step)]) < 0).any():
                raise RnnhwError(f"the answer holds the sequences of {called} in another order")

    def check_state(self, ids: np.ndarray, layers: Assembly) -> None:
        """Refuse an output beside the answer that is not made of final states."""
        if ids.size == 0 or ids.min() < 0 or ids.max() >= self._next:
            raise self._no_state("values that are something else")
        numbers = np.searchsorted([block.first for block in self._blocks], ids, side="right") - 1
        for number in sorted(set(numbers.reshape(-1).tolist())):
            block = self._blocks[number]
            if block.signal:
                continue
            _, sequence, place, feature = self._decoded(ids[numbers == number], "an output", layers)
            layer = None if block.part == INPUT else layers[block.part].layer
            sizes = [cell.hidden_size for cell in getattr(layer, "cells", ())]
            if not sizes:
                raise self._no_state(f"those of {layers.called(block.part)}")
            backward = np.repeat(layer.backwards, sizes)[feature]
            if (place != np.where(backward, 0, self.lengths[sequence] - 1)).any():
                raise self._no_state(f"single steps of {layers.called(block.part)}")

    @staticmethod
    def _no_state(found: str) -> RnnhwError:
        return RnnhwError(f"outputs beside the answer must be final states, not {found}")

    def arranged(self, ids: np.ndarray, values: np.ndarray, layers: Assembly) -> np.ndarray:
        """Values that stand where their ids do, as (sequences, steps, outputs) or (sequences, outputs)."""
        block, sequence, place, feature = self._decoded(ids, "the answer", layers)
        valid = place != PADDING
        once = np.count_nonzero(valid) == self.sequences * block.shape[2]
        shape = (self.sequences, block.shape[2]) if once else (self.sequences, self.steps, block.shape[2])
        answer = np.zeros(shape, values.dtype)
        where = (sequence, feature) if once else (sequence, place, feature)
        answer[tuple(axis[valid] for axis in where)] = values[valid]
        return answer
