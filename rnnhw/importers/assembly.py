"""The layers that an importer met, each with the one that it takes its input from, and the network that they make."""

from dataclasses import dataclass

from rnnhw.errors import RnnhwError
from rnnhw.network.layers import RECURRENT
from rnnhw.network.naming import number_layers
from rnnhw.network.network import Network
from rnnhw.network.options import MANY_TO_MANY, MANY_TO_ONE

#: In place of a layer's number: the model's input.
INPUT = -1
#: Readings of the recurrent layers, and what messages call them.
EVERY_STEP, FINAL, LAST_STEP = "every step", "final", "last-step"


@dataclass(frozen=True)
class Part:
    """A layer or a head.

    Parameters
    ----------
    layer : layer of a network, or None
    head : {"softmax", "argmax"} or None
        Instead of a layer.
    source : int
        Number of the part that it takes its input from.
    name : str
        What messages call it.
    """

    layer: object
    head: str | None
    source: int
    name: str


class Assembly:
    """The parts of a model in the order in which they were met."""

    def __init__(self):
        self._parts = []

    def __getitem__(self, number: int) -> Part:
        return self._parts[number]

    def append(self, layer, source: int, name: str) -> int:
        """Add a layer behind part `source`; returns its number.

        Raises
        ------
        RnnhwError
            If the layer has no place there.
        """
        before = None if source == INPUT else self._parts[source]
        if before is not None and before.head is not None:
            raise RnnhwError(f"{name} must not follow the {before.head}, which can only come last")
        if isinstance(layer, RECURRENT) and before is not None and not isinstance(before.layer, RECURRENT):
            raise RnnhwError(f"{name} must not follow {before.name}: recurrent layers come first")
        if not isinstance(layer, RECURRENT) and before is None:
            raise RnnhwError(f"{name} must not take the model's input: recurrent layers come first")
        return self._put(Part(layer, None, source, name))

    def append_head(self, head: str, source: int) -> int:
        """Add a softmax or an argmax behind part `source`; returns its number."""
        before = None if source == INPUT else self._parts[source]
        if before is None or before.head is not None:
            raise RnnhwError(f"the {head} must follow a layer, not the {'model' if before is None else before.head}")
        return self._put(Part(None, head, source, f"the {head}"))

    def changed(self, number: int, layer) -> int:
        """Add a part that is another one with its layer changed; returns its number."""
        return self._put(Part(layer, None, self._parts[number].source, self._parts[number].name))

    def _put(self, part: Part) -> int:
        self._parts.append(part)
        return len(self._parts) - 1

    def plain_dense(self, number: int, what: str):
        """The dense layer without activation that part `number` is, behind which `what` stands."""
        part = None if number == INPUT else self._parts[number]
        if part is None or getattr(part.layer, "kind", None) != "dense":
            raise RnnhwError(f"{what} must stand behind a linear layer, not behind {self.called(number)}")
        if part.layer.activation != "linear":
            raise RnnhwError(f"{what} must not stand behind the {part.layer.activation} of {part.name}")
        return part.layer

    def called(self, number: int) -> str:
        """What messages call a part, or the input."""
        return "the input" if number == INPUT else self._parts[number].name

    def chain(self, number: int) -> list[Part]:
        """The parts from the input to part `number`."""
        parts = []
        while number != INPUT:
            parts.append(self._parts[number])
            number = parts[-1].source
        return parts[::-1]

    def last_recurrent(self, number: int):
        """The recurrent layer nearest to the answer that part `number` gives; None if there is none."""
        found = [part.layer for part in self.chain(number) if isinstance(part.layer, RECURRENT)]
        return found[-1] if found else None

    def network(self, number: int, reading: str, name: str, **options) -> Network:
        """The network whose answer is that of part `number`, read at `reading`."""
        parts = self.chain(number)
        layers = [part.layer for part in parts if part.layer is not None]
        head = next((part.head for part in parts if part.head is not None), "none")
        mode = MANY_TO_MANY if reading == EVERY_STEP else MANY_TO_ONE
        kept = "last-step" if reading == LAST_STEP else "final"
        return Network(number_layers(layers), mode, name, reading=kept, head=head, **options)
