"""What tensors alone do not tell about a network: from the caller, or else from a file's metadata."""

from rnnhw.errors import RnnhwError
from rnnhw.network.cells import RNN_ACTIVATIONS
from rnnhw.network.layer_checks import check_choice
from rnnhw.network.options import HEADS, OPTIONS, READINGS, SIGMOIDS, TANHS

#: How the cells are to be understood, see `Conventions`.
CONVENTIONS = ("nonlinearity", "update_gate", "reset_after")

_CHOICES = {
    "reading": READINGS,
    "head": HEADS,
    "sigmoid": SIGMOIDS,
    "tanh": TANHS,
    "nonlinearity": RNN_ACTIVATIONS,
    "update_gate": ("keep", "take"),
}


def collect_facts(given, metadata):
    """The facts that are known, each checked.

    Parameters
    ----------
    given : dict
        Name -> value, None for what is not given; these win.
    metadata : mapping of str to str
        Texts; names that are no facts are ignored.

    Returns
    -------
    dict
        Name -> value, without those that are not known.

    Raises
    ------
    RnnhwError
        A value that is not allowed.
    TypeError
        A name in `given` that is no fact, or a value of the wrong kind.
    """
    for name in given:
        if name not in (*OPTIONS, *CONVENTIONS):
            raise TypeError(f"unknown fact {name!r}; there are {', '.join((*OPTIONS, *CONVENTIONS))}")
    facts = {}
    for name in (*OPTIONS, *CONVENTIONS):
        value = given.get(name)
        if value is None and name in metadata:
            value = _read_text(name, metadata[name])
        if value is None:
            continue
        if name in _CHOICES:
            check_choice(value, _CHOICES[name], name)
        elif name == "reset_after" and not isinstance(value, bool):
            raise TypeError(f"reset_after must be a bool, not {type(value).__name__}")
        facts[name] = value
    return facts


def _read_text(name, text):
    """The value that a text in metadata stands for."""
    if name == "steps":
        if not (text.isascii() and text.isdigit()):
            raise RnnhwError(f"steps in the metadata must be a whole number, not {text!r}")
        return int(text)
    if name == "clip":
        try:
            return float(text)
        except ValueError as error:
            raise RnnhwError(f"clip in the metadata must be a number, not {text!r}") from error
    if name == "reset_after":
        check_choice(text, ("true", "false"), "reset_after in the metadata")
        return text == "true"
    return text
