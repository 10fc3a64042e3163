"""The columns that a sequencer must issue, written down from the network alone (not from the plan)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: where its element is, and what goes with it.

    `token` names the element: ("x", step, index), ("h", layer, step, unit) or ("d", layer, step, output).
    `results` are the elements that are complete with this column (a group's last one).
    """

    step: int
    number: int
    token: tuple
    shift: int
    zero: bool
    address: int | None
    weight: int
    start: bool
    end: bool
    final: bool
    pass_end: bool
    release: bool
    results: tuple


class Walk:
    """All columns of a run.

    Parameters
    ----------
    network : QuantizedNetwork
    lanes : int
    flags : list of (first, last)
        Of each step.
    """

    def __init__(self, network, lanes: int, flags):
        self.network, self.lanes, self.flags = network, lanes, flags
        self.every_step = network.mode == "many-to-many"
        self.units = [layer.hidden_size for layer in network.lstms]
        self.inner = [layer.output_size for layer in network.denses[:-1]]
        self.depth = 2 * sum(self.units) + sum(self.inner)
        self.x_size = network.input_size

    def address(self, token) -> int | None:
        """Where an element is kept: banks by parity of the step, inner dense outputs behind them."""
        kind, layer, *place = token
        if kind == "x":
            return None
        step, index = place
        if kind == "h":
            return (step % 2) * sum(self.units) + sum(self.units[:layer]) + index
        return 2 * sum(self.units) + sum(self.inner[: layer - len(self.units)]) + index

    def elements(self, number: int, step: int):
        """(token, shift, own state of the step before) of a pass's columns."""
        layer, lstms = self.network.layers[number], len(self.units)
        if number >= lstms:
            kind = "h" if number == lstms else "d"
            return [((kind, number - 1, step, k), 0, False) for k in range(layer.input_size)]
        own = [(("h", number, step - 1, k), layer.shifts[1], True) for k in range(layer.hidden_size)]
        if number == 0:
            return [(("x", step, k), layer.shifts[0], False) for k in range(layer.input_size)] + own
        return own + [(("h", number - 1, step, k), layer.shifts[0], False) for k in range(layer.input_size)]

    def completed(self, number: int, step: int, rows: range) -> tuple:
        """Elements whose last row is among `rows`."""
        if number < len(self.units):
            return tuple(("h", number, step, row // 4) for row in rows if row % 4 == 3)
        return tuple(("d", number, step, row) for row in rows)

    def columns(self):
        """All columns in order."""
        for step, (first, last) in enumerate(self.flags):
            weight = 0
            for number, layer in enumerate(self.network.layers):
                recurrent = number < len(self.units)
                if not (recurrent or last or self.every_step):
                    break
                rows = 4 * layer.hidden_size if recurrent else layer.output_size
                for begin in range(0, rows, self.lanes):
                    group = range(begin, min(begin + self.lanes, rows))
                    for column in self._group(step, number, group, rows, weight, first):
                        weight += 1
                        yield column

    def _group(self, step: int, number: int, group: range, rows: int, weight: int, first):
        elements, final = self.elements(number, step), group.stop == rows
        for k, (token, shift, old) in enumerate(elements):
            end = k == len(elements) - 1
            yield Column(
                step,
                number,
                token,
                shift,
                bool(old and first),
                self.address(token),
                weight + k,
                k == 0,
                end,
                final,
                end and final,
                token[0] == "x" and k == self.x_size - 1 and final,
                self.completed(number, step, group) if end else (),
            )
