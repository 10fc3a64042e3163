"""The float reference's run of typical inputs: what fractions are chosen by."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, Network
from rnnhw.network.curves import cell_curves


class Calibration:
    """A float run of typical inputs, made once; any number of quantisations of the network may use it.

    Parameters
    ----------
    net : Network
    x : array_like, shape (sequences, steps, inputs)
        Typical inputs. What a one-to-many network feeds back counts as its input too.
    lengths : array_like of int, shape (sequences,), optional

    Raises
    ------
    RnnhwError
        For a batch that the network does not take.
    """

    def __init__(self, net: Network, x, lengths=None):
        if not isinstance(net, Network):
            raise TypeError(f"net must be a Network (rnnhw.load gives one), not {type(net).__name__}")
        _, trace = net.run(x, lengths, trace=True)
        self.net, self._trace, self._known = net, trace, {}
        self._mask = trace["mask"]
        self._backward = {
            cell.name: way for layer in net.recurrents for cell, way in zip(layer.cells, layer.backwards, strict=True)
        }

    def values(self, layer: str, signal: str) -> np.ndarray:
        """The values of a signal at all steps that count, shape (samples, units)."""
        return self._once((layer, signal), lambda: self._counting(self._trace[layer][signal]))

    def state(self, cell, gate: int) -> np.ndarray:
        """What a gate's recurrent weights see: h of the step before, or what the reset left of it."""
        reset = isinstance(cell, GRU) and not cell.reset_after and cell.gates[gate] == "n"
        return self._once((cell.name, "state", reset), lambda: self._state(cell, reset))

    def moments(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and mean square of each unit of what `values` or `state` gave."""
        return self._once(id(values), lambda: (values.mean(axis=0), (values**2).mean(axis=0)))

    def _state(self, cell, reset: bool) -> np.ndarray:
        h, initial = self._trace[cell.name]["h"], cell.initial[: cell.hidden_size]
        before = np.broadcast_to(initial, h.shape).copy()
        if self._backward[cell.name]:
            before[:, :-1] = np.where(self._mask[:, 1:, None], h[:, 1:], initial)
        else:
            before[:, 1:] = h[:, :-1]
        if reset:
            before *= cell_curves(self.net)[0](self._trace[cell.name]["z_r"])
        return self._counting(before)

    def _counting(self, values: np.ndarray) -> np.ndarray:
        return values[self._mask] if values.ndim == 3 else values

    def _once(self, key, make):
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


def calibrated(net: Network, calibration, lengths) -> Calibration:
    """What was given as calibration of a network, as a `Calibration` of that network.

    Raises
    ------
    RnnhwError
        For a `Calibration` of another network, or lengths beside one.
    """
    if not isinstance(calibration, Calibration):
        return Calibration(net, calibration, lengths)
    if lengths is not None:
        raise RnnhwError("lengths must be given to the Calibration, not beside it")
    if calibration.net is not net and calibration.net != net:
        raise RnnhwError(f"calibration is of another network ({calibration.net.name}), not of {net.name}")
    return calibration
