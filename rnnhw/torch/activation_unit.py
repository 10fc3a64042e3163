"""Sums to activations: requantised to the pre-activation's format, then looked up in the network's table."""

import numpy as np
import torch

from rnnhw.fixedpoint.curves import SIGMOIDS, TANHS, HardTail
from rnnhw.golden.activation_unit import lookup

from .straight_through import ROUNDINGS, look_up


class ActivationUnit(torch.nn.Module):
    """The curves of a block of gates that are computed together.

    Parameters
    ----------
    network : QuantizedNetwork
        Whose table, formats and rounding are used.
    kinds : str
        A letter a gate: "s" for the sigmoid, "t" for tanh.
    units : int
        Rows of each gate.
    """

    def __init__(self, network, kinds, units):
        super().__init__()
        sigmoid, tanh, self.top = lookup(network.table)
        z_sigmoid, z_tanh = network.preactivations
        self.rounding = ROUNDINGS[network.config.rounding["z"]]
        self.curves = SIGMOIDS[network.sigmoid], TANHS[network.tanh]
        self.clip = network.clip
        self.kinds = set(kinds)
        is_tanh = torch.tensor([kind == "t" for kind in kinds]).repeat_interleave(units)
        scales = torch.where(is_tanh, 2.0**z_tanh.frac, 2.0**z_sigmoid.frac)
        values = np.concatenate(
            [network.table.sigmoid_format.to_float(sigmoid), network.table.tanh_format.to_float(tanh)]
        )
        self.register_buffer("is_tanh", is_tanh, persistent=False)
        self.register_buffer("scale", scales.to(torch.float64), persistent=False)
        self.register_buffer("zero", self.top + is_tanh * len(sigmoid), persistent=False)
        self.register_buffer("table", torch.from_numpy(values), persistent=False)

    def forward(self, values):
        """Activations of sums, shape (..., rows)."""
        return look_up(values, self, self.rounding)

    def look_up(self, values, rounding):
        """What golden gives for exact sums."""
        z_raw = rounding(values * self.scale.to(values)).clamp(-self.top, self.top)
        return self.table.to(values).take(z_raw.long() + self.zero)

    def slope(self, values):
        """Derivatives of the smooth curves, zero beyond the network's clip."""
        slope = self._unclipped_slope(values)
        return slope if self.clip is None else torch.where(values.abs() < self.clip, slope, 0.0)

    def _unclipped_slope(self, values):
        """Derivatives of the smooth curves; tanh is ``2 sigma(2 x) - 1``."""
        sigmoid, tanh = self.curves
        if self.kinds == {"s"}:
            return _tail_slope(sigmoid, values)
        if self.kinds == {"t"}:
            return 4.0 * _tail_slope(tanh, 2.0 * values)
        stretch = torch.where(self.is_tanh, 2.0, 1.0).to(values)
        slope = _tail_slope(sigmoid, stretch * values)
        if sigmoid != tanh:
            slope = torch.where(self.is_tanh, _tail_slope(tanh, stretch * values), slope)
        return stretch.square() * slope


def _tail_slope(curve, values):
    """Derivative of ``1 - v(y)``, for one of the tails v of `rnnhw.fixedpoint.curves`."""
    if isinstance(curve, HardTail):
        slope = float(curve.slope)
        return torch.where(values.abs() < 0.5 / slope, slope, 0.0).to(values)
    sigma = torch.sigmoid(values)
    return sigma * (1.0 - sigma)
