"""What cells and dense layers have in common: float parameters, and the grids that they are rounded to."""

from dataclasses import replace

import numpy as np
import torch

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat

from .straight_through import round_weights

#: Width of a bias, as `rnnhw.quantize` has it.
BIAS_BITS = 48
#: Products of more bits are refused: with a bias, float64 would not hold their sums.
PRODUCT_BITS = 51


class TrainedLayer(torch.nn.Module):
    """A layer of a `Network` whose arrays are parameters.

    Parameters
    ----------
    layer : LSTM, GRU, RNN or Dense
        Whose arrays the parameters begin with.
    trained : tuple of str
        Names of the arrays that are trained.
    """

    def __init__(self, layer, trained):
        super().__init__()
        self.source, self.trained = layer, trained
        self.grids = {}
        for key in trained:
            self.register_parameter(key, torch.nn.Parameter(torch.from_numpy(getattr(layer, key).copy())))

    @property
    def name(self):
        """Name of the layer."""
        return self.source.name

    def to_layer(self):
        """The layer with the arrays as they are now."""
        return replace(self.source, **{key: getattr(self, key).detach().cpu().double().numpy() for key in self.trained})

    def set_grid(self, key, forms, rows, binary=False):
        """Give a parameter the formats of its rows, a format for each of the equal parts."""
        ulp = np.repeat([form.ulp for form in forms], rows // len(forms))
        ulp = ulp.reshape(-1, *[1] * (getattr(self, key).ndim - 1))
        self.register_buffer(f"{key}_ulp", torch.from_numpy(ulp), persistent=False)
        self.grids[key] = forms[0].min_raw, forms[0].max_raw, binary

    def set_bias_grid(self, key, fractions):
        """Give a bias the fractions of its accumulators, one for each of the equal parts."""
        forms = tuple(QFormat(BIAS_BITS, frac) for frac in fractions)
        self.set_grid(key, forms, len(getattr(self, key)))

    def take_biases(self, layer):
        """Begin again with the biases of the layer in integers, which may be corrected."""
        with torch.no_grad():
            for key in self.trained:
                if key.startswith("bias"):
                    raw = torch.from_numpy(getattr(layer, f"{key}_raw").copy())
                    parameter = getattr(self, key)
                    parameter.copy_(raw.to(parameter.device) * getattr(self, f"{key}_ulp"))

    def rounded(self, key):
        """A parameter on its grid, in float64."""
        values = getattr(self, key).double()
        if not torch.isfinite(values).all():
            raise RnnhwError(f"{key} of {self.name} must be finite, but holds NaN or infinity: training diverged")
        low, high, binary = self.grids[key]
        return round_weights(values, getattr(self, f"{key}_ulp").double(), low, high, binary)


def check_products(name, columns, weight_bits, element_bits):
    """Refuse products whose sum over the columns float64 would not hold."""
    bits = weight_bits - 1 + element_bits - 1 + columns.bit_length()
    if bits > PRODUCT_BITS:
        raise RnnhwError(f"sums of {name} have up to {bits} bits, training holds {PRODUCT_BITS}: choose fewer inputs")
