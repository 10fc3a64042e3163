"""Whole models from .pt2 files of torch.export.save."""

from rnnhw.errors import RnnhwError


def read(path, name):
    """The network of an exported program.

    Nothing in the file is run as code: neither torch.export.load nor pickle is used.

    Parameters
    ----------
    path : Path
    name : str
        Name of the network.

    Returns
    -------
    Network

    Raises
    ------
    RnnhwError
        As `from_torch`; or a file that holds no exported program, more than weights, or operators that are
        not supported.
    """
    try:
        import torch
    except ImportError as error:
        raise RnnhwError("reading it needs PyTorch: pip install 'rnnhw[torch]'") from error
    from rnnhw.importers.pytorch.archive import DTYPES, read_archive
    from rnnhw.importers.pytorch.module import from_torch
    from rnnhw.importers.pytorch.program import make_program

    document, tensors = read_archive(path)
    try:
        program = make_program(document, tensors)
        metas = [document["graph_module"]["graph"]["tensor_values"][key] for key in program.inputs]
        shapes = [(DTYPES[meta["dtype"]], tuple(_size(part) for part in meta["sizes"])) for meta in metas]
    except RnnhwError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RnnhwError(f"not a readable pt2 file: {type(error).__name__}: {error}") from error
    if not shapes or len(shapes[0][1]) != 3:
        raise RnnhwError("the exported module must take a batch of sequences (3 axes) as its first argument")
    generator = torch.Generator().manual_seed(len(shapes))
    x = torch.randn(shapes[0][1], generator=generator)
    others = [_argument(dtype, shape, x.shape, generator) for dtype, shape in shapes[1:]]
    return from_torch(program, (x, *others), name)


def _size(size):
    """A size, or what it was when the program was exported."""
    return size["as_int"] if "as_int" in size else size["as_expr"]["hint"]["as_int"]


def _argument(dtype, shape, sizes, generator):
    """An argument like those that the program was exported with: random states, or lengths."""
    import torch

    if dtype.is_floating_point:
        return torch.randn(shape, generator=generator)
    if len(shape) != 1:
        raise RnnhwError(f"the exported module takes an argument of {dtype} and shape {shape}, which is not supported")
    steps = sizes[1] if shape[0] == sizes[0] else sizes[0]
    return torch.clamp(steps - torch.arange(shape[0]), min=min(2, steps)).to(dtype)
