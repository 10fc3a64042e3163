"""Stand-alone cocotb bench: plays vectors.json into the design and compares every output bit.

Needs cocotb 2 and a simulator, nothing else. ``make`` runs it with Icarus Verilog, ``make
SIM=verilator`` with Verilator.

The design has a clock ``clk``, a synchronous reset ``rst`` (active high), an input stream
(``i_valid``, ``i_ready``, ``i_data``, ``i_first``, ``i_last``) and an output stream (``o_valid``,
``o_ready``, ``o_data``, ``o_last``). Cycles are counted from 0, the first one without reset. Inputs
change 1 ns after the rising edge of the clock; everything is read 1 ns before the next one.

Environment: ``RNNHW_VECTORS`` is another vector file, ``RNNHW_TRANSCRIPT`` a file to write what
happened to.
"""

import contextlib
import hashlib
import json
import os
import re
import time
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import Timer

FORMAT = "rnnhw-vectors-1"
COLUMNS = ("data", "last", "cycles")


class Failure(AssertionError):
    """The design, or the vector file, is not what it should be."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def load_vectors(path):
    """Read the vector file, after checking that nobody altered it."""
    vectors = json.loads(Path(path).read_text())
    digest = vectors.pop("sha256", None)
    text = json.dumps(vectors, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise Failure("altered", f"{Path(path).name} was altered: its sha256 does not match its content")
    if vectors.get("format") != FORMAT:
        raise Failure("altered", f"{Path(path).name} has format {vectors.get('format')!r}, not {FORMAT!r}")
    return vectors


def find(dut, path):
    """The signal at the end of a chain of names, as written, escaped, or made a plain identifier."""
    for name in path:
        for spelling in (name, f"\\{name} ", re.sub(r"\W+", "_", name)):
            with contextlib.suppress(KeyError, AttributeError):
                dut = dut[spelling]
                break
        else:
            raise Failure("probe", f"the design has no signal {'.'.join(path)}")
    return dut


def pattern(bits):
    """A pattern to index with a cycle modulo its length; always willing if there is none."""
    return (bits, len(bits)) if bits else ((1,), 1)


def signed(value, width):
    return value - (1 << width) if value >> (width - 1) else value


class Source:
    """Offers the input beats, each not before its time, and keeps offering it until it is taken."""

    def __init__(self, dut, vectors):
        beats = vectors["beats"]
        self.beats = list(zip(beats["data"], beats["first"], beats["last"], strict=True))
        self.ports = [dut.i_data, dut.i_first, dut.i_last, dut.i_valid]
        self.mask = (1 << vectors["data_width"]) - 1
        self.pattern, self.period = pattern(vectors["i_pattern"])
        self.not_before = vectors["i_not_before"] or [0] * len(self.beats)
        self.cycles = []
        self.sent = 0
        self.offering = False
        self.stale = True

    def begin_cycle(self, cycle):
        """Decide on this cycle; true if the ports have to be written."""
        if not self.offering and self.sent < len(self.beats) and self.may_begin(cycle):
            self.offering = self.stale = True
        return self.stale

    def may_begin(self, cycle):
        return self.pattern[cycle % self.period] and cycle >= self.not_before[self.sent]

    def write(self):
        if self.stale:
            data, first, last = self.beats[self.sent] if self.offering else (0, 0, 0)
            values = (data & self.mask, first, last, int(self.offering))
            for port, value in zip(self.ports, values, strict=True):
                port.set(Immediate(value))
            self.stale = False

    def taken(self, cycle):
        self.cycles.append(cycle)
        self.sent += 1
        self.offering = False
        self.stale = True


class Sink:
    """Takes the output beats, compares them, and watches that a waiting beat stays as it is."""

    def __init__(self, dut, vectors):
        self.valid, self.data, self.last, self.port = dut.o_valid, dut.o_data, dut.o_last, dut.o_ready
        self.width = vectors["output_width"]
        self.wanted, self.expected = vectors["outputs"], vectors["expected"]
        self.pattern, self.period = pattern(vectors["o_pattern"])
        self.outputs, self.lasts, self.cycles = [], [], []
        self.received = 0
        self.offender = (0, 0)
        self.ready = self.waiting = None
        self.stale = True

    def begin_cycle(self, cycle):
        """Decide on this cycle; true if the port has to be written."""
        if self.ready != self.pattern[cycle % self.period]:
            self.ready = self.pattern[cycle % self.period]
            self.stale = True
        return self.stale

    def write(self):
        if self.stale:
            self.port.set(Immediate(self.ready))
            self.stale = False

    def end_cycle(self, cycle, valid):
        beat = self.read(cycle) if valid else None
        if self.waiting is not None and beat != self.waiting:
            where = f"output beat {self.received} was taken back or changed in cycle {cycle}"
            raise Failure("violation", f"{where}, while it waited for o_ready")
        if beat is None:
            return
        if self.received == self.wanted:
            self.offender = beat
            where = f"output beat {self.wanted} offered in cycle {cycle}"
            what = f"but only {self.wanted} were expected: data {beat[0]}, last {beat[1]}"
            raise Failure("extra", f"{where}, {what}")
        if not self.ready:
            self.waiting = beat
            return
        self.waiting = None
        self.outputs.append(beat[0])
        self.lasts.append(beat[1])
        self.cycles.append(cycle)
        if self.expected is not None:
            self.compare(self.received, cycle, beat)
        self.received += 1

    def read(self, cycle):
        bits, last = str(self.data.value), str(self.last.value)
        if set(bits + last) - {"0", "1"}:
            where = f"output beat {self.received} in cycle {cycle}"
            raise Failure("unknown", f"{where} has unknown bits: o_data {bits}, o_last {last}")
        return signed(int(bits, 2), self.width), int(last)

    def compare(self, number, cycle, beat):
        for name, column, got in zip(("o_data", "o_last", "cycle"), COLUMNS, (*beat, cycle), strict=True):
            column = self.expected[column]
            if column is not None and got != column[number]:
                where = f"output beat {number} in cycle {cycle}"
                raise Failure("mismatch", f"{where}: {name} is {got}, expected {column[number]}")


class Probes:
    """Logs signals inside the design in the cycles in which their valid bits are 1."""

    def __init__(self, dut, vectors):
        self.logs = {probe["name"]: [] for probe in vectors["probes"]}
        core = [vectors["core"]] if vectors["core"] else []
        self.taps = []
        for probe in vectors["probes"]:
            value, valid = (find(dut, core + probe[role]) for role in ("path", "valid"))
            self.taps.append((probe, self.logs[probe["name"]], value, valid))

    def end_cycle(self, cycle):
        for probe, log, value, valid in self.taps:
            if str(valid.value)[-1] == "1":
                bits = str(value.value)
                if set(bits) - {"0", "1"}:
                    where = f"probe {probe['name']} in cycle {cycle}"
                    raise Failure("unknown", f"{where} has unknown bits: {bits}")
                log.append(signed(int(bits, 2), len(bits)) if probe["signed"] else int(bits, 2))


class Bench:
    """One run: reset, all beats, and some cycles more."""

    def __init__(self, dut, vectors):
        if dut._name != vectors["top"]:
            raise Failure("altered", f"the vectors are for {vectors['top']}, not for {dut._name}")
        for port, width in ((dut.i_data, vectors["data_width"]), (dut.o_data, vectors["output_width"])):
            if len(port) != width:
                raise Failure("altered", f"{port._name} has {len(port)} bits, the vectors {width}")
        self.dut, self.vectors = dut, vectors
        self.source, self.sink, self.probes = Source(dut, vectors), Sink(dut, vectors), Probes(dut, vectors)
        self.cycle = 0
        self.seconds = 0.0

    async def run(self):
        dut = self.dut
        for port in (dut.rst, dut.i_valid, dut.i_data, dut.i_first, dut.i_last, dut.o_ready):
            port.set(int(port is dut.rst))  # not immediate: Icarus would lose it at time 0
        # Rises at 5 ns, 15 ns, and so on. Under Icarus the defaults are several times slower.
        Clock(dut.clk, 10, unit="ns", impl="gpi", set_action=Immediate).start(start_high=False)
        await Timer(6 + 10 * (self.vectors["reset_cycles"] - 1), unit="ns")
        dut.rst.set(Immediate(0))
        start = time.perf_counter()
        await self.loop()
        self.seconds = time.perf_counter() - start

    async def loop(self):
        source, sink, vectors = self.source, self.sink, self.vectors
        i_ready, o_valid = self.dut.i_ready, self.dut.o_valid
        probing = bool(self.probes.taps)
        period, to_write, to_read = Timer(10, unit="ns"), Timer(2, unit="ns"), Timer(8, unit="ns")
        stop = vectors["grace_cycles"] if self.complete() else None
        pause = to_read
        source.begin_cycle(0)
        sink.begin_cycle(0)
        source.write()
        sink.write()
        while True:
            await pause
            ready, valid = str(i_ready.value), str(o_valid.value)
            cycle, self.cycle = self.cycle, self.cycle + 1
            if ready not in "01" or valid not in "01":
                raise Failure("unknown", f"i_ready is {ready} and o_valid is {valid} in cycle {cycle}")
            if probing:
                self.probes.end_cycle(cycle)
            if valid == "1" or sink.waiting is not None:
                sink.end_cycle(cycle, valid == "1")
            if source.offering and ready == "1":
                source.taken(cycle)
            if stop is None and self.complete():
                stop = cycle + 1 + vectors["grace_cycles"]
            elif stop is None and cycle + 1 == vectors["max_cycles"]:
                raise Failure("timeout", self.progress())
            elif cycle + 1 == stop:
                return
            if source.begin_cycle(cycle + 1) | sink.begin_cycle(cycle + 1):
                await to_write
                source.write()
                sink.write()
                pause = to_read
            else:
                pause = period

    def complete(self):
        return self.source.sent == len(self.source.beats) and self.sink.received == self.sink.wanted

    def progress(self):
        taken = f"{self.source.sent} of {len(self.source.beats)} input beats taken"
        received = f"{self.sink.received} of {self.sink.wanted} output beats received"
        return f"not complete after {self.cycle} cycles: {taken}, {received}"

    def transcript(self):
        return {
            "cycles": self.cycle,
            "seconds": self.seconds,
            "outputs": self.sink.outputs,
            "lasts": self.sink.lasts,
            "i_cycles": self.source.cycles,
            "o_cycles": self.sink.cycles,
            "probes": self.probes.logs,
            "offender": self.sink.offender,
        }


@cocotb.test()
async def outputs_equal_vectors(dut):
    """Every output beat is the expected one; none is missing, none is too many."""
    status, message, bench = "error", "", None
    try:
        vectors = load_vectors(os.environ.get("RNNHW_VECTORS") or Path(__file__).with_name("vectors.json"))
        bench = Bench(dut, vectors)
        await bench.run()
        status = "ok"
    except Failure as failure:
        status, message = failure.status, str(failure)
        raise
    finally:
        path = os.environ.get("RNNHW_TRANSCRIPT")
        if path:
            record = {"status": status, "message": message} | (bench.transcript() if bench else {})
            Path(path).write_text(json.dumps(record))
    count = len(bench.sink.outputs)
    dut._log.info("%d input beats, %d output beats, %d cycles", bench.source.sent, count, bench.cycle)
