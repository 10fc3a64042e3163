"""From a live PyTorch module to a Network: what it does is found out by running it on numbered values."""

from rnnhw.errors import RnnhwError


def from_torch(module, example, name=None):
    """Build the network that a PyTorch module computes.

    The module is run on numbers in place of values (see `rnnhw.importers.provenance`), which shows what it takes of
    its recurrent layers, whatever its `forward` looks like: `nn.LSTM`, `nn.GRU` and `nn.RNN`, in one or both
    directions, their cells in a loop over the steps, `nn.Linear` with or without a relu behind them, a softmax or an
    argmax at the end. A copy of it, in eval mode (dropout does nothing) and in float64, is then run on the example and
    on random sequences of other lengths, and the network must answer as it does, to `TOLERANCE`; if the module cannot
    run in float64, it is run itself, as it is, and `TOLERANCE_FLOAT32` holds.

    Parameters
    ----------
    module : torch.nn.Module
        Left as it is.
    example : torch.Tensor or array_like, 3 axes, or a tuple of arguments
        Sequences as the module takes them, steps first or sequences first. In a tuple they come first; a vector of
        ints behind them is taken as the sequences' lengths, floating point as initial states.
    name : str, optional
        Name of the network; the name of the module's class if left out.

    Returns
    -------
    Network
        Many-to-one or many-to-many. A decoder that is run one step at a time becomes one with
        ``dataclasses.replace(net, mode="one-to-many", steps=n)``. States that the module is given are the
        `initial_state` of `Network.run`.

    Raises
    ------
    RnnhwError
        What the module does and rnnhw does not, by its name, or an answer that differs.
    TypeError
        If `module` is no module.
    """
    try:
        import torch
    except ImportError as error:
        raise RnnhwError("from_torch needs PyTorch: pip install 'rnnhw[torch]'") from error
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module must be a torch.nn.Module, not {type(module).__name__}")
    from rnnhw.importers.pytorch.agreement import check
    from rnnhw.importers.pytorch.example import Example
    from rnnhw.importers.pytorch.live import Live
    from rnnhw.importers.pytorch.structure import structure

    live = Live(module, Example(example))
    net, first = structure(live, type(module).__name__ if name is None else name)
    check(live, net, first)
    return net
