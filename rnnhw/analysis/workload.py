"""What a network is run and trained with: lengths, batches, epochs, the optimiser, the kind of numbers."""

from typing import Annotated, Literal

from pydantic import Field

from rnnhw.validation import Options

#: Bytes of a number.
PRECISIONS = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
#: Numbers that an optimiser keeps for each parameter, besides the parameter and its gradient.
OPTIMISERS = {
    "sgd": 0,
    "momentum": 1,  # a velocity (Polyak 1964)
    "adagrad": 1,  # the sum of squares (Duchi et al. 2011)
    "rmsprop": 1,  # the mean of squares (Tieleman & Hinton 2012)
    "adam": 2,  # the means of gradients and of their squares (Kingma & Ba 2015)
    "adamw": 2,  # the same (Loshchilov & Hutter 2019)
}


class Workload(Options):
    """What a network is run and trained with.

    Parameters
    ----------
    steps : int
        Length of a sequence, T.
    batch : int
        Sequences that go through the network together, B.
    samples : int
        Training sequences, N.
    epochs : int
        How often training goes through all of them, E.
    optimiser : {"sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"}
    precision : {"float64", "float32", "bfloat16", "float16"}
        Of all numbers: parameters, activations, gradients, and what the optimiser keeps.

    Raises
    ------
    RnnhwError
        A number out of range, or a name that there is not.
    """

    steps: Annotated[int, Field(ge=1, le=1 << 20)] = 32
    batch: Annotated[int, Field(ge=1, le=1 << 20)] = 1
    samples: Annotated[int, Field(ge=1, le=10**12)] = 1000
    epochs: Annotated[int, Field(ge=1, le=10**6)] = 1
    optimiser: Literal["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"] = "adam"
    precision: Literal["float64", "float32", "bfloat16", "float16"] = "float32"

    @property
    def bytes(self) -> int:
        """Of a number."""
        return PRECISIONS[self.precision]

    @property
    def optimiser_numbers(self) -> int:
        """Kept for each parameter."""
        return OPTIMISERS[self.optimiser]

    def __str__(self):
        counts = {"step": self.steps, "training sequence": self.samples, "epoch": self.epochs}
        words = [f"{count:,} {name}{'s' * (count > 1)}" for name, count in counts.items()]
        return ", ".join([words[0], f"batch {self.batch:,}", *words[1:], self.optimiser, self.precision])
