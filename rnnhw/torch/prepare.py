"""From a float module or network to one that is trained in integers."""

import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from rnnhw.network import Network
from rnnhw.quantize import Quantization

from .module import QuantizedModule

EXAMPLES = 32


def prepare(module, config, calibration=None, lengths=None, example=None):
    """Make the module that is trained in place of a float one.

    Parameters
    ----------
    module : torch.nn.Module or Network
        A trained float model; a module is read by `rnnhw.from_torch` and left as it is.
    config : Quantization or dict
        Bit-widths and how formats are chosen; a dict holds the fields of `Quantization`.
    calibration : torch.Tensor or ndarray, shape (sequences, steps, inputs), optional
        Typical inputs, from which the formats are chosen; without them the first batch in training mode does it.
    lengths : torch.Tensor or ndarray of int, shape (sequences,), optional
        Of the calibration data.
    example : torch.Tensor or ndarray, optional
        Sequences as `module` takes them, for `rnnhw.from_torch`; without it some of the calibration data.

    Returns
    -------
    QuantizedModule
        It takes sequences first, whatever `module` takes.

    Raises
    ------
    RnnhwError, TypeError
        A module that is not supported, unusable options or data.
    """
    if isinstance(config, dict):
        config = Quantization(**config)
    if not isinstance(config, Quantization):
        raise TypeError(f"config must be a Quantization or a dict of its fields, not {type(config).__name__}")
    if isinstance(module, torch.nn.Module):
        if example is None and calibration is None:
            raise RnnhwError("example must be given with a module and no calibration data: it shows what it computes")
        module = from_torch(module, calibration[:EXAMPLES] if example is None else example)
    if not isinstance(module, Network):
        raise TypeError(f"module must be a torch.nn.Module or a Network, not {type(module).__name__}")
    if lengths is not None and calibration is None:
        raise RnnhwError("lengths must come with calibration data")
    prepared = QuantizedModule(module, config)
    if calibration is not None:
        prepared.recalibrate(calibration, lengths)
    return prepared
