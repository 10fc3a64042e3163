"""From a live PyTorch module to a Network: its structure is found out by running it, not assumed."""

import copy

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.cells import Conventions, recurrent_layers
from rnnhw.importers.pytorch.structure import find_structure
from rnnhw.importers.pytorch.tensors import dense_layer, float_array, group_tensors
from rnnhw.network.naming import number_layers
from rnnhw.network.network import Network

#: Largest difference that counts as equal when the module ran in float64, relative to its largest answer.
TOLERANCE = 1e-9
#: The same for a module that only runs in float32.
TOLERANCE_FLOAT32 = 1e-5


def from_torch(module, example, name=None):
    """Build the network that a PyTorch module computes.

    The module may hold one or more chained `nn.LSTM`, `nn.GRU` and `nn.RNN`, in one or both directions, any
    number of `nn.Linear` behind them, and modules without parameters. Which step or state is read, the order,
    the relus and a softmax at the end are found by comparing the module's answer to `example` with the float
    reference of every possibility; exactly one must agree. A copy of the module is run, in eval mode (dropout
    does nothing) and in float64, where the answers must agree to `TOLERANCE`; if the module cannot run in
    float64, it is run itself, as it is, and `TOLERANCE_FLOAT32` holds.

    Parameters
    ----------
    module : torch.nn.Module
        Left as it is.
    example : torch.Tensor or array_like, 3 axes
        Sequences as the module takes them, steps first or sequences first, with at least 2 steps.
    name : str, optional
        Name of the network; the name of the module's class if left out.

    Returns
    -------
    Network
        Many-to-one or many-to-many. A decoder that is run one step at a time becomes one with
        ``dataclasses.replace(net, mode="one-to-many", steps=n)``, another head in the same way.

    Raises
    ------
    RnnhwError
        A module or structure that is not supported, by its name, or an example that does not tell the
        possibilities apart.
    """
    try:
        import torch
    except ImportError as error:
        raise RnnhwError("from_torch needs PyTorch: pip install 'rnnhw[torch]'") from error
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module must be a torch.nn.Module, not {type(module).__name__}")
    x = _check_example(example, torch)
    groups, denses = _census(module, torch)
    y, tolerance = _answer(module, x, torch)
    try:
        found = find_structure(groups, denses, x.numpy(), y, tolerance)
    except RnnhwError as error:
        others = _unknown(module, torch)
        raise RnnhwError(f"{error} (the module also holds {', '.join(others)})" if others else str(error)) from error
    name = type(module).__name__ if name is None else name
    return Network(number_layers(found.layers), found.mode, name, reading=found.reading, head=found.head)


def _check_example(example, torch):
    """The example as a float64 tensor with 3 axes, on the CPU."""
    if isinstance(example, torch.nn.utils.rnn.PackedSequence):
        raise RnnhwError("example must be a padded tensor: packed sequences are not supported")
    if isinstance(example, torch.Tensor):
        example = example.detach().to("cpu", torch.float64) if example.is_floating_point() else example.cpu()
    example = np.asarray(example)
    if example.dtype.kind not in "f":
        raise RnnhwError(f"example must be floating point, not dtype {example.dtype}")
    if example.ndim != 3:
        raise RnnhwError(f"example must have 3 axes (a batch of sequences), not shape {example.shape}")
    if example.size == 0:
        raise RnnhwError(f"example must not be empty, its shape is {example.shape}")
    if not np.isfinite(example).all():
        raise RnnhwError("example must be finite, but holds NaN or infinity")
    return torch.from_numpy(example.astype(np.float64))


def _census(module, torch):
    """The recurrent layers, a list for each module, and the dense layers; refuses other parameters."""
    groups, denses = [], []
    for path, part in module.named_modules():
        what = f"module {path!r} ({type(part).__name__})" if path else f"the module ({type(part).__name__})"
        tensors = _own_tensors(path, part, what, torch)
        if isinstance(part, _recurrent(torch)):
            if part.proj_size:
                raise RnnhwError(f"{what} is not supported: proj_size={part.proj_size}")
            recurrent, _ = group_tensors(tensors)
            conventions = Conventions(nonlinearity=getattr(part, "nonlinearity", None))
            groups.append(recurrent_layers(path, recurrent[path], conventions))
        elif isinstance(part, torch.nn.Linear):
            names = sorted(key.removeprefix(f"{path}.") for key in tensors)
            if not {"weight"} <= set(names) <= {"weight", "bias"}:
                raise RnnhwError(f"{what} holds parameters that are not understood: {', '.join(names)}")
            members = {name: (f"{path}.{name}", tensors[f"{path}.{name}"]) for name in names}
            denses.append(dense_layer(path, members))
        elif _unsupported_activation(part, torch):
            raise RnnhwError(f"{what} is not supported; of activations only nn.ReLU and nn.Softmax are")
        elif tensors or isinstance(part, torch.nn.RNNBase | torch.nn.RNNCellBase):
            names = f" with parameters {', '.join(tensors)}" if tensors else ""
            only = "only nn.LSTM, nn.GRU, nn.RNN and nn.Linear may hold parameters"
            raise RnnhwError(f"{what}{names} is not supported; {only}")
    if not groups:
        raise RnnhwError(f"the module ({type(module).__name__}) holds no nn.LSTM, nn.GRU or nn.RNN")
    return groups, denses


def _unsupported_activation(part, torch):
    """Whether a module is an activation that may agree with a supported one on an example, but not everywhere."""
    name = torch.nn.modules.activation.__name__
    return type(part).__module__ == name and not isinstance(part, torch.nn.ReLU | torch.nn.Softmax)


def _recurrent(torch):
    """The classes of PyTorch that become recurrent layers."""
    return torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN


def _own_tensors(path, part, what, torch):
    """Parameters of a module, without those of its children, as float64 arrays under their full names."""
    if torch.nn.utils.parametrize.is_parametrized(part):
        raise RnnhwError(f"{what} is parametrised (such as by weight_norm), which is not supported")
    tensors = {}
    for key, parameter in part.named_parameters(prefix=path, recurse=False):
        if torch.nn.parameter.is_lazy(parameter):
            raise RnnhwError(f"{what} is lazy and has no parameters yet: run it once first")
        tensors[key] = float_array(key, parameter.detach().to("cpu", torch.float64).numpy())
    return tensors


def _answer(module, x, torch):
    """The module's answer as a float64 array, and the tolerance that its precision allows."""
    own = next(module.parameters())
    try:
        try:
            y, tolerance = _call(copy.deepcopy(module).to("cpu", torch.float64), x, torch), TOLERANCE
        except Exception:  # the user's code: whatever it raises, it may still run as it is
            y, tolerance = _call(module, x.to(own.device, own.dtype), torch), TOLERANCE_FLOAT32
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        raise RnnhwError(f"the module cannot run the example: {type(error).__name__}: {lines[0]}") from error
    return _one_tensor(y, module, torch), tolerance


def _call(module, x, torch):
    """Run a module in eval mode, without gradients, with `x`'s dtype as the default; leave all as it was."""
    training = [(part, part.training) for part in module.modules()]
    default = torch.get_default_dtype()
    try:
        module.eval()
        torch.set_default_dtype(x.dtype)
        with torch.no_grad():
            return module(x.clone())
    finally:
        torch.set_default_dtype(default)
        for part, flag in training:
            part.training = flag


def _one_tensor(y, module, torch):
    """What a module returned, as a float64 array; of a recurrent module itself, the outputs of every step."""
    if isinstance(module, _recurrent(torch)):
        y = y[0]
    if not isinstance(y, torch.Tensor):
        raise RnnhwError(f"the module must return one tensor, not a {type(y).__name__}: wrap it")
    if not y.is_floating_point():
        raise RnnhwError(f"the module must return floating point, not {y.dtype}")
    y = y.detach().to("cpu", torch.float64).numpy()
    if y.size == 0 or not np.isfinite(y).all():
        raise RnnhwError("the module must answer the example with finite numbers")
    return y


def _unknown(module, torch):
    """Names of modules without parameters that may be why nothing agrees."""
    nn = torch.nn
    neutral = (
        *_recurrent(torch),
        nn.Linear,
        nn.ReLU,
        nn.Softmax,
        nn.modules.dropout._DropoutNd,
        nn.Identity,
        nn.Flatten,
    )
    return [
        f"{path!r} ({type(part).__name__})"
        for path, part in module.named_modules()
        if path and not list(part.children()) and not isinstance(part, neutral)
    ]
