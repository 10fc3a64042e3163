"""Stand-alone cocotb bench: plays vectors.json into the design and compares every output bit.

Needs cocotb 2 and a simulator, nothing else. ``make`` runs it with Icarus Verilog, ``make
SIM=verilator`` with Verilator.

The design has a clock ``clk``, a synchronous reset ``rst`` (active high), and streams: each has ports
``<stream>_valid``, ``<stream>_ready`` and one for each field of its beats. Plain outputs are compared in
the last cycle. Cycles are counted from 0, the first one without reset. Inputs change 1 ns after the rising
edge of the clock; everything is read 1 ns before the next one.

Environment: ``RNNHW_VECTORS`` is another vector file, ``RNNHW_TRANSCRIPT`` a file to write what
happened to.
"""

import hashlib
import json
import os
import time
from pathlib import Path

import cocotb
from bench_streams import Failure, Probes, Sink, Source, port, read
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import Timer

FORMAT = "rnnhw-vectors-2"


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


class Bench:
    """One run: reset, all beats, and some cycles more."""

    def __init__(self, dut, vectors):
        if dut._name != vectors["top"]:
            raise Failure("altered", f"the vectors are for {vectors['top']}, not for {dut._name}")
        self.dut, self.vectors = dut, vectors
        self.sources = [Source(dut, stream) for stream in vectors["inputs"]]
        self.sinks = [Sink(dut, stream) for stream in vectors["outputs"]]
        self.partners = [*self.sources, *self.sinks]
        self.levels = [(field, port(dut, field["name"], field["width"])) for field in vectors["status"]]
        self.probes = Probes(dut, vectors)
        self.cycle = 0
        self.seconds = 0.0
        self.status = {}

    async def run(self):
        dut = self.dut
        dut.rst.set(1)  # not immediate: Icarus would lose it at time 0
        for handle in [*(h for s in self.sources for h in (s.valid, *s.ports)), *(sink.port for sink in self.sinks)]:
            handle.set(0)
        # Rises at 5 ns, 15 ns, and so on. Under Icarus the defaults are several times slower.
        Clock(dut.clk, 10, unit="ns", impl="gpi", set_action=Immediate).start(start_high=False)
        await Timer(6 + 10 * (self.vectors["reset_cycles"] - 1), unit="ns")
        dut.rst.set(Immediate(0))
        start = time.perf_counter()
        if self.vectors["reset_at"] is not None:
            await self.loop(self.vectors["reset_at"])
            dut.rst.set(Immediate(0))
            self.cycle = 0
            for part in (*self.partners, self.probes):
                part.restart()
        await self.loop(None)
        self.seconds = time.perf_counter() - start

    async def loop(self, reset_at):
        """From 1 ns after an edge on: till the end, or till 1 ns after the edge that ends the reset."""
        vectors, partners, probing = self.vectors, self.partners, bool(self.probes.taps)
        period, to_write, to_read = Timer(10, unit="ns"), Timer(2, unit="ns"), Timer(8, unit="ns")
        stop = vectors["grace_cycles"] if reset_at is None and self.complete() else None
        self.begin_cycle(0)
        for partner in partners:
            partner.write()
        pause = to_read
        while self.cycle != reset_at:
            await pause
            cycle, self.cycle = self.cycle, self.cycle + 1
            if probing:
                self.probes.end_cycle(cycle)
            for sink in self.sinks:
                sink.end_cycle(cycle)
            for source in self.sources:
                source.end_cycle(cycle)
            if reset_at is None:
                if stop is None and self.complete():
                    stop = cycle + 1 + vectors["grace_cycles"]
                elif stop is None and cycle + 1 == vectors["max_cycles"]:
                    raise Failure("timeout", f"not complete after {self.cycle} cycles: {self.progress()}")
                elif cycle + 1 == stop:
                    self.read_status()
                    return
            if self.begin_cycle(cycle + 1) or cycle + 1 == reset_at:
                await to_write
                for partner in partners:
                    partner.write()
                pause = to_read
            else:
                pause = period
        self.dut.rst.set(Immediate(1))
        await period

    def begin_cycle(self, cycle):
        """True if a port has to be written."""
        stale = False
        for partner in self.partners:
            stale |= partner.begin_cycle(cycle)
        return stale

    def read_status(self):
        for field, handle in self.levels:
            name, bits, wanted = field["name"], str(handle.value), field["expected"]
            if set(bits) - {"0", "1"}:
                raise Failure("unknown", f"{name} has unknown bits in the last cycle: {bits}")
            self.status[name] = read(bits, field)
            if wanted is not None and self.status[name] != wanted:
                raise Failure("mismatch", f"{name} is {self.status[name]} in the last cycle, expected {wanted}")

    def complete(self):
        return not any(partner.missing for partner in self.partners)

    def progress(self):
        parts = [f"{s.sent} of {len(s.beats)} beats of {s.name} taken" for s in self.sources if s.beats]
        parts += [f"{s.received} of {s.wanted} beats of {s.name} received" for s in self.sinks if s.wanted]
        return ", ".join(parts)

    def transcript(self):
        return {
            "cycles": self.cycle,
            "seconds": self.seconds,
            "inputs": {source.name: source.cycles for source in self.sources},
            "outputs": {sink.name: [sink.columns(), sink.cycles] for sink in self.sinks},
            "status": self.status,
            "probes": self.probes.logs,
            "offender": next((sink.offended() for sink in self.sinks if sink.offender is not None), ["", {}]),
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
            record = {"outcome": status, "message": message} | (bench.transcript() if bench else {})
            Path(path).write_text(json.dumps(record))
    dut._log.info("%s; %d cycles", bench.progress(), bench.cycle)
