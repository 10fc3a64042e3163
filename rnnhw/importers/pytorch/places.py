"""Where values belong that a module moves about: at which step, of which sequence."""

import numpy as np


class Places:
    """Sequence and step of ids, -1 where none is known."""

    def __init__(self):
        self._step = np.empty(0, np.int64)
        self._sequence = np.empty(0, np.int64)

    def note(self, ids):
        """Remember ids of shape (sequences, steps, units)."""
        sequences, steps, _ = ids.shape
        sequence = np.broadcast_to(np.arange(sequences)[:, None, None], ids.shape)
        self._store(ids, sequence, np.broadcast_to(np.arange(steps)[:, None], ids.shape))

    def follow(self, ids, before):
        """Give ids (..., outputs) the places of what they were made of, (..., inputs)."""
        sequence, step = (np.broadcast_to(part[..., :1], ids.shape) for part in self.of(before))
        self._store(ids, sequence, step)

    def _store(self, ids, sequence, step):
        known = ids >= 0
        if not known.any():
            return
        size = int(ids.max()) + 1
        if size > len(self._step):
            grown = max(size, 2 * len(self._step)) - len(self._step)
            self._step = np.pad(self._step, (0, grown), constant_values=-1)
            self._sequence = np.pad(self._sequence, (0, grown), constant_values=-1)
        self._step[ids[known]] = step[known]
        self._sequence[ids[known]] = sequence[known]

    def of(self, ids):
        """Sequence and step of each id."""
        known = (ids >= 0) & (ids < len(self._step))
        at = np.where(known, ids, 0)
        if not len(self._step):
            return np.full(ids.shape, -1), np.full(ids.shape, -1)
        return np.where(known, self._sequence[at], -1), np.where(known, self._step[at], -1)

    def along(self, ids, axis):
        """What an axis counts: "steps", "sequences" or "units"."""
        sequence, step = self.of(ids)
        for values, name in ((step, "steps"), (sequence, "sequences")):
            if (values != values.take([0], axis)).any():
                return name
        return "units"
