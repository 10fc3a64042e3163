"""The partners of a design's streams, for bench.py: sources, sinks, and probes that look inside."""

import contextlib
import re

from cocotb.handle import Immediate


class Failure(AssertionError):
    """The design, or the vector file, is not what it should be."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


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


def port(dut, name, width):
    """A port of the design, which must be as wide as the vectors say."""
    with contextlib.suppress(KeyError, AttributeError):
        found = dut[name]
        if len(found) != width:
            raise Failure("altered", f"{name} has {len(found)} bits, the vectors {width}")
        return found
    raise Failure("altered", f"the design has no port {name}")


def pattern(bits):
    """A pattern to index with a cycle modulo its length; always willing if there is none."""
    return (bits, len(bits)) if bits else ((1,), 1)


def read(bits, field):
    """The value of a field's bits."""
    word, width = int(bits, 2), field["width"]
    return word - (1 << width) if field["signed"] and word >> (width - 1) else word


class Source:
    """Offers the beats of one stream, each not before its time, and keeps offering it until it is taken."""

    def __init__(self, dut, stream):
        self.name, fields = stream["name"], stream["fields"]
        self.beats = list(zip(*(stream["beats"][field["name"]] for field in fields), strict=True))
        self.ports = [port(dut, f"{self.name}_{field['name']}", field["width"]) for field in fields]
        self.masks = [(1 << field["width"]) - 1 for field in fields]
        self.valid, self.ready = (port(dut, f"{self.name}_{end}", 1) for end in ("valid", "ready"))
        self.pattern, self.period = pattern(stream["pattern"])
        self.not_before = stream["not_before"] or [0] * len(self.beats)
        self.restart()

    def restart(self):
        """As at the beginning: offering nothing."""
        self.cycles = []
        self.sent = 0
        self.offering = False
        self.stale = True

    @property
    def missing(self):
        return len(self.beats) - self.sent

    def begin_cycle(self, cycle):
        """Decide on this cycle; true if the ports have to be written."""
        if not self.offering and self.sent < len(self.beats) and self.may_begin(cycle):
            self.offering = self.stale = True
        return self.stale

    def may_begin(self, cycle):
        return self.pattern[cycle % self.period] and cycle >= self.not_before[self.sent]

    def write(self):
        if self.stale:
            values = self.beats[self.sent] if self.offering else (0,) * len(self.ports)
            for handle, value, mask in zip(self.ports, values, self.masks, strict=True):
                handle.set(Immediate(value & mask))
            self.valid.set(Immediate(int(self.offering)))
            self.stale = False

    def end_cycle(self, cycle):
        ready = str(self.ready.value)
        if ready not in "01":
            raise Failure("unknown", f"{self.name}_ready is {ready} in cycle {cycle}")
        if self.offering and ready == "1":
            self.cycles.append(cycle)
            self.sent += 1
            self.offering = False
            self.stale = True


class Sink:
    """Takes the beats of one stream, compares them, and watches that a waiting beat stays as it is."""

    def __init__(self, dut, stream):
        self.name, self.fields = stream["name"], stream["fields"]
        self.ports = [port(dut, f"{self.name}_{field['name']}", field["width"]) for field in self.fields]
        self.valid, self.port = (port(dut, f"{self.name}_{end}", 1) for end in ("valid", "ready"))
        self.wanted, self.expected_cycles = stream["wanted"], stream["cycles"]
        columns = stream["expected"]
        names = [field["name"] for field in self.fields]
        self.expected = columns and list(zip(*(columns[name] for name in names), strict=True))
        self.pattern, self.period = pattern(stream["pattern"])
        self.ready = None
        self.stale = True
        self.restart()

    def restart(self):
        """As at the beginning: nothing came."""
        self.beats, self.cycles = [], []
        self.received = 0
        self.waiting = None
        self.offender = None

    @property
    def missing(self):
        return self.wanted - self.received

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

    def end_cycle(self, cycle):
        valid = str(self.valid.value)
        if valid == "0" and self.waiting is None:
            return
        if valid not in "01":
            raise Failure("unknown", f"{self.name}_valid is {valid} in cycle {cycle}")
        beat = self.read(cycle) if valid == "1" else None
        if self.waiting is not None and beat != self.waiting:
            self.offender = beat or (0,) * len(self.fields)
            where = f"beat {self.received} of {self.name} was taken back or changed in cycle {cycle}"
            raise Failure("violation", f"{where}, while it waited for {self.name}_ready")
        if self.received == self.wanted:
            self.offender = beat
            where = f"beat {self.wanted} of {self.name} offered in cycle {cycle}"
            what = ", ".join(f"{field['name']} {value}" for field, value in zip(self.fields, beat, strict=True))
            raise Failure("extra", f"{where}, but only {self.wanted} were expected: {what}")
        if not self.ready:
            self.waiting = beat
            return
        self.waiting = None
        self.beats.append(beat)
        self.cycles.append(cycle)
        self.compare(cycle, beat)
        self.received += 1

    def read(self, cycle):
        texts = [str(handle.value) for handle in self.ports]
        if set("".join(texts)) - {"0", "1"}:
            shown = ", ".join(f"{handle._name} {text}" for handle, text in zip(self.ports, texts, strict=True))
            raise Failure("unknown", f"beat {self.received} of {self.name} in cycle {cycle} has unknown bits: {shown}")
        return tuple(read(text, field) for text, field in zip(texts, self.fields, strict=True))

    def compare(self, cycle, beat):
        where = f"beat {self.received} of {self.name} in cycle {cycle}"
        if self.expected is not None:
            for handle, value, wanted in zip(self.ports, beat, self.expected[self.received], strict=True):
                if value != wanted:
                    raise Failure("mismatch", f"{where}: {handle._name} is {value}, expected {wanted}")
        if self.expected_cycles is not None and cycle != self.expected_cycles[self.received]:
            wanted = self.expected_cycles[self.received]
            raise Failure("mismatch", f"{where}: cycle is {cycle}, expected {wanted}")

    def columns(self):
        """The beats received, by field."""
        return {field["name"]: [beat[k] for beat in self.beats] for k, field in enumerate(self.fields)}

    def offended(self):
        """Name and values of the beat that was wrong to come, or to change."""
        return [self.name, {field["name"]: value for field, value in zip(self.fields, self.offender, strict=True)}]


class Probes:
    """Logs signals inside the design in the cycles in which their valid bits are 1."""

    def __init__(self, dut, vectors):
        self.logs = {probe["name"]: [] for probe in vectors["probes"]}
        core = [vectors["core"]] if vectors["core"] else []
        self.taps = []
        for probe in vectors["probes"]:
            value, valid = (find(dut, core + probe[role]) for role in ("path", "valid"))
            field = {"width": len(value), "signed": probe["signed"]}
            self.taps.append((probe["name"], field, value, valid))

    def restart(self):
        for log in self.logs.values():
            log.clear()

    def end_cycle(self, cycle):
        for name, field, value, valid in self.taps:
            if str(valid.value)[-1] == "1":
                bits = str(value.value)
                if set(bits) - {"0", "1"}:
                    raise Failure("unknown", f"probe {name} in cycle {cycle} has unknown bits: {bits}")
                self.logs[name].append(read(bits, field))
