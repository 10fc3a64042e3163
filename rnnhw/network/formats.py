"""The formats that a network brings with it, as an imported quantised model does."""

from collections.abc import Mapping
from dataclasses import fields

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat


def check_formats(layers, formats):
    """Hold formats against the layers that they are for.

    Parameters
    ----------
    layers : tuple
        Of the network.
    formats : mapping of str to QFormat, or to a tuple of QFormat for the weights of a cell

    Returns
    -------
    dict

    Raises
    ------
    RnnhwError
        A name that there is no place for, or another number of formats than gates.
    TypeError
        Something that is no format.
    """
    if not isinstance(formats, Mapping):
        raise TypeError(f"formats must be a mapping of names to QFormat, not {type(formats).__name__}")
    places = _places(layers)
    for key, form in formats.items():
        if key not in places:
            raise RnnhwError(f"formats have no place {key!r}; there are {', '.join(places)}")
        several = isinstance(form, tuple) and places[key] > 0
        for one in form if several else (form,):
            if not isinstance(one, QFormat):
                raise TypeError(f"format of {key} must be a QFormat, not {type(one).__name__}")
        if several and len(form) != places[key]:
            raise RnnhwError(f"formats of {key} must be {places[key]}, one a gate, not {len(form)}")
    return dict(formats)


def _places(layers):
    """What a format may be for, and how many gates it may be split by (0: a single format)."""
    places = {"input": 0}
    for layer in layers:
        for cell in layer.cells:
            gates = len(cell.gates)
            places |= {f"{cell.name}.weight_ih": gates, f"{cell.name}.weight_hh": gates, f"{cell.name}.h": 0}
        if not layer.cells:
            places |= {f"{layer.name}.weight": 0, f"{layer.name}.y": 0}
    return places


def written_formats(formats):
    """The formats as JSON has them."""
    return {
        key: [_pack(one) for one in form] if isinstance(form, tuple) else _pack(form) for key, form in formats.items()
    }


def read_formats(document):
    """What `written_formats` was given.

    Raises
    ------
    RnnhwError, TypeError
        For what is not of that form.
    """
    if not isinstance(document, dict):
        raise TypeError("formats must be a table")
    return {
        key: tuple(_unpack(one) for one in form) if isinstance(form, list) else _unpack(form)
        for key, form in document.items()
    }


def _pack(form):
    return {field.name: getattr(form, field.name) for field in fields(form)}


def _unpack(entry):
    if not isinstance(entry, dict):
        raise TypeError(f"a format must be a table of its numbers, not {entry!r}")
    for key in ("signed", "symmetric"):
        if not isinstance(entry.get(key), bool):
            raise TypeError(f"{key} of a format must be true or false")
    return QFormat(**entry)
