"""From ONNX: what a model computes is found out by walking its graph, and checked against ONNX's own operators."""

from rnnhw.errors import RnnhwError


def read(path, name):
    """The network of an ONNX file.

    Parameters
    ----------
    path : pathlib.Path
        Weights in files beside it are read too.
    name : str

    Raises
    ------
    RnnhwError
        No ONNX file, or one that is refused for what it holds; a missing onnx package.
    """
    onnx = _onnx("reading it")
    try:
        model = onnx.load(path)
    except Exception as error:  # protobuf's own kind, and those about files with weights beside it
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RnnhwError(f"not a readable ONNX file: {lines[0]}") from error
    return from_onnx(model, name)


def from_onnx(model, name=None):
    """Build the network that an ONNX model computes.

    Parameters
    ----------
    model : onnx.ModelProto
        With its weights in it.
    name : str, optional
        Name of the network; that of the model's graph if left out.

    Returns
    -------
    Network
        Many-to-one or many-to-many; one-to-one where the model fixes its steps at 1.

    Raises
    ------
    RnnhwError
        What is not understood, by its node's name, operator, attribute and value; a network that does not
        answer as the model does; a missing onnx package.
    TypeError
        Anything but a model.
    """
    onnx = _onnx("from_onnx")
    if not isinstance(model, onnx.ModelProto):
        raise TypeError(f"model must be an onnx.ModelProto, not {type(model).__name__}")
    from rnnhw.importers.onnx.build import build
    from rnnhw.importers.onnx.graph import read_graph

    graph = read_graph(model)
    return build(graph, (graph.name or "network") if name is None else name)


def _onnx(what):
    """The onnx package."""
    try:
        import onnx
        import onnx.reference
    except ImportError as error:
        raise RnnhwError(f"{what} needs the onnx package: pip install 'rnnhw[onnx]'") from error
    return onnx
