"""Platforms and pins, looked up only when something is built."""

from importlib import import_module

from rnnhw.errors import RnnhwError

MISSING = 'amaranth-boards was not found; pip install "rnnhw[boards]"'


def platform(module: str, name: str):
    """A fresh platform of amaranth-boards.

    Parameters
    ----------
    module, name : str
        Module below amaranth_boards, and the class in it.

    Raises
    ------
    RnnhwError
        If the package is missing, or it has no such platform.
    """
    try:
        import_module("amaranth_boards")
    except ImportError:
        raise RnnhwError(MISSING) from None
    try:
        return getattr(import_module(f"amaranth_boards.{module}"), name)()
    except (ImportError, AttributeError):
        raise RnnhwError(f"amaranth-boards has no {module}.{name}; another release of it is needed") from None


def uart(rx: str, tx: str, *, conn=None, **attributes):
    """A resource ``uart``: pins of a connector if there is one, else of the FPGA."""
    from amaranth.build import Attrs, Pins, Resource, Subsignal

    return Resource(
        "uart",
        0,
        Subsignal("rx", Pins(rx, dir="i", conn=conn)),
        Subsignal("tx", Pins(tx, dir="o", conn=conn)),
        Attrs(**attributes),
    )


def spi_link(cs_n: str, sck: str, copi: str, cipo: str, *, conn=None, **attributes):
    """A resource ``spi_link``, on which the host is the controller."""
    from amaranth.build import Attrs, Pins, Resource, Subsignal

    inputs = {"cs_n": cs_n, "sck": sck, "copi": copi}
    return Resource(
        "spi_link",
        0,
        *(Subsignal(name, Pins(pin, dir="i", conn=conn)) for name, pin in inputs.items()),
        Subsignal("cipo", Pins(cipo, dir="o", conn=conn)),
        Attrs(**attributes),
    )
