"""The column words that a sequencer must issue, written down from the passes' layers (not from their addresses)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One column word: where its elements are, and what goes with it.

    `tokens` name its elements: ("x", step, element) or (pass, step, element). `results` are the rounds, as
    (pass, step, round), that are complete with this word (a group's last one).
    """

    step: int
    number: int
    tokens: tuple
    shift: int
    old: bool
    x_index: int | None
    weight: int
    split_here: bool
    segment_end: bool
    end: bool
    final: bool
    pass_end: bool
    step_end: bool
    release: bool
    reserve: bool
    results: tuple


class Walk:
    """All words of a run.

    Parameters
    ----------
    plan : EnginePlan
    flags : list of (first, last, stream)
        Of each step.
    """

    def __init__(self, plan, flags):
        self.plan, self.flags, self.passes = plan, flags, plan.passes
        self.before = []  # number of each step's predecessor in its stream
        latest = {}
        for step, (_, _, stream) in enumerate(flags):
            self.before.append(latest.get(stream))
            latest[stream] = step

    def vectors(self, number: int, step: int):
        """(source, first element, length, old) of what a pass reads, in order; of x the word index is added."""
        item, columns = self.passes[number], self.plan.geometry.columns
        cells = [cell for layer in self.plan.layers if layer.kind != "dense" for cell in layer.cells]
        parts = self.plan.parts
        starts = [(sum(parts[:k]), sum(-(-n // columns) for n in parts[:k])) for k in range(len(parts))]
        finals = {p.name: n for n, p in enumerate(self.passes)}  # the last pass of each cell
        if item.kind == "dense":
            layers = list(self.plan.layers)
            before = layers[layers.index(item.layer) - 1] if item.layer is not layers[0] else None
            if before is None:
                return [("x", *starts[k], parts[k]) for k in range(len(parts))]
            names = [cell.name for cell in before.cells] if before.kind != "dense" else [before.name]
            return [(finals[name], 0, 0, self.passes[finals[name]].units) for name in names]
        at = cells.index(item.layer)
        part = at if len(parts) > 1 else 0
        inputs = ("x", *starts[part], parts[part]) if at == 0 or len(parts) > 1 else None
        if inputs is None:
            source = finals[cells[at - 1].name]
            inputs = (source, 0, 0, self.passes[source].units)
        state = (number - 1 if item.kind == "candidate" else "old", finals[item.name], 0, item.units)
        newest_last = inputs[0] == "x" or item.kind == "candidate"
        return [inputs, state] if newest_last else [state, inputs]

    def words(self):
        """All words in order."""
        for step, (_, last, _) in enumerate(self.flags):
            weight = 0
            numbers = [n for n, p in enumerate(self.passes) if p.recurrent or self.plan.every_step or last]
            for number in numbers:
                item, lanes = self.passes[number], self.plan.geometry.lanes
                drained = -(-item.units // self.plan.geometry.pipelines) * len(item.gates)
                for begin in range(0, drained, lanes):
                    rows = range(begin, min(begin + lanes, drained))
                    group = list(self._group(step, number, rows, rows.stop == drained, weight, number == numbers[-1]))
                    weight += len(group)
                    yield from group

    def _group(self, step: int, number: int, rows: range, final: bool, weight: int, last_pass: bool):
        item, columns, vectors = self.passes[number], self.plan.geometry.columns, self.vectors(number, step)
        total = sum(-(-length // columns) for *_, length in vectors)
        shifts = item.layer.shifts if item.recurrent else (0, 0)
        reading_x = [n for n in range(len(self.passes)) if any(v[0] == "x" for v in self.vectors(n, step))]
        answers = [n for n, p in enumerate(self.passes) if p.final]
        gates, at = len(item.gates), 0
        for segment, (source, start, word_start, length) in enumerate(vectors):
            own = source == "old" or (item.kind == "candidate" and source == number - 1)
            for word in range(-(-length // columns)):
                elements = range(word * columns, min((word + 1) * columns, length))
                if source == "x":
                    tokens = tuple(("x", step, start + k) for k in elements)
                elif source == "old":
                    tokens = tuple((start, self.before[step], k) for k in elements)
                else:
                    tokens = tuple((source, step, k) for k in elements)
                ends = elements.stop == length
                end = at == total - 1
                last_x = source == "x" and not any(v[0] == "x" for v in vectors[segment + 1 :])
                done = tuple((number, step, row // gates) for row in rows if row % gates == gates - 1) if end else ()
                yield Word(
                    step,
                    number,
                    tokens,
                    shifts[int(own)],
                    source == "old",
                    word_start + word if source == "x" else None,
                    weight + at,
                    ends and not end and item.kind == "gru",
                    ends,
                    end,
                    final,
                    end and final,
                    end and final and last_pass,
                    ends and last_x and final and number == reading_x[-1],
                    end and rows.start == 0 and number == answers[0] and (self.plan.every_step or self.flags[step][1]),
                    done,
                )
                at += 1
