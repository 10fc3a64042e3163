"""Ends of the components that take and give state vectors."""


class Starter:
    """Starts vectors, of changing banks: the first in cycle `at`, each other one `pause` cycles after `done`."""

    def __init__(self, dut, count: int, at: int, pause: int = 1):
        self.inputs, self.outputs = [dut.start, dut.bank], [dut.done]
        self.count, self.next, self.pause = count, at, pause
        self.starts, self.banks, self.dones = [], [], []

    def offer(self, cycle: int) -> tuple:
        """The input values of a cycle; the bank holds till `done`."""
        start = cycle == self.next and len(self.starts) < self.count
        if start:
            self.starts.append(cycle)
            self.banks.append((len(self.starts) * 3 // 2) % 2)
        return int(start), self.banks[-1] if self.banks else 0

    def see(self, cycle: int, outputs) -> None:
        """The output values of that cycle."""
        if outputs[0]:
            assert len(self.dones) < len(self.starts)
            self.dones.append(cycle)
            self.next = cycle + self.pause

    @property
    def done(self) -> bool:
        """Whether all vectors have passed."""
        return len(self.dones) == self.count
