// Runs the design that CXXRTL made (included below) with one stimulus.
//
//     driver STIMULUS SETUP RESULT
//
// STIMULUS and RESULT are arrays of 64-bit words, laid out as sim/cxxrtl_files.py says. SETUP has one
// line a wish, fields parted by tabs: memory NAME FILE, probe NAME VALID, waveform FILE. The rules
// for the streams are those of sim/protocol.py. Exit codes: 0 done (the result has an
// outcome), 2 something in SETUP does not fit the design, 3 a file cannot be read or written.
//
// DESIGN_SOURCE also holds namespace ports (made by sim/cxxrtl_ports.py): how many streams and plain
// outputs there are, and how to set and read each.

#include DESIGN_SOURCE
#include <cxxrtl/cxxrtl_vcd.h>

#include "design.hpp"

#include <chrono>
#include <set>

using Word = int64_t;
using Words = std::vector<Word>;

enum Outcome : Word { OK = 0, TIMEOUT = 1, EXTRA = 2, VIOLATION = 3 };

struct Stimulus {
    struct Input {
        Words beats, not_before, pattern;
    };
    struct Output {
        Words pattern;
        Word wanted;
    };

    Word max_cycles, grace_cycles, reset_cycles, reset_at;
    Input inputs[ports::inputs + 1]; // one more: arrays of none are not C++
    Output outputs[ports::outputs + 1];

    explicit Stimulus(const std::string &name) {
        const std::vector<char> bytes = read_file(name);
        const Word *next = reinterpret_cast<const Word *>(bytes.data());
        const auto take = [&](Words &part) {
            const Word length = *next++;
            part.assign(next, next + length);
            next += length;
        };
        max_cycles = *next++, grace_cycles = *next++, reset_cycles = *next++, reset_at = *next++;
        for (size_t k = 0; k < ports::inputs; k++)
            take(inputs[k].beats), take(inputs[k].not_before), take(inputs[k].pattern);
        for (size_t k = 0; k < ports::outputs; k++)
            outputs[k].wanted = *next++, take(outputs[k].pattern);
    }
};

// A signal of the design, found by its hierarchical name; up to 64 bits.
struct Tap {
    std::vector<cxxrtl::debug_item> parts;
    size_t width = 0;

    Tap(const cxxrtl::debug_items &items, const std::string &name) {
        if (!items.count(name))
            fail(2, "no signal " + name);
        if (items.is_memory(name))
            fail(2, "a memory, not a signal: " + name);
        parts = items.at(name);
        for (const cxxrtl::debug_item &part : parts)
            width = std::max(width, part.lsb_at + part.width);
        if (width > 64)
            fail(2, "more than 64 bits: " + name);
    }

    uint64_t read() const {
        uint64_t value = 0;
        for (const cxxrtl::debug_item &part : parts)
            for (size_t chunk = 0; chunk * 32 < part.width; chunk++)
                value |= uint64_t(part.curr[chunk]) << (part.lsb_at + 32 * chunk);
        return value;
    }
};

struct Probe {
    Tap value, valid;
    Words log;
};

struct Bench {
    cxxrtl_design::p_top top;
    cxxrtl::debug_items items;
    std::vector<Probe> probes;
    std::set<cxxrtl::debug_outline *> outlines;
    cxxrtl::vcd_writer vcd;
    std::ofstream waveform;
    uint64_t moment = 0;

    explicit Bench(const std::string &setup) {
        for (const Wish &wish : read_setup(setup)) {
            if (items.table.empty())
                top.debug_info(&items, nullptr, "");
            if (wish.kind == "memory")
                load_memory(items, wish.name, wish.extra);
            else if (wish.kind == "probe")
                probes.push_back({Tap(items, wish.name), Tap(items, wish.extra), {}});
            else
                open_waveform(wish.name);
        }
        for (const Probe &probe : probes)
            for (const Tap *tap : {&probe.value, &probe.valid})
                for (const cxxrtl::debug_item &part : tap->parts)
                    if (part.outline)
                        outlines.insert(part.outline);
    }

    void open_waveform(const std::string &name) {
        waveform.open(name);
        if (!waveform)
            fail(3, "cannot write " + name);
        vcd.timescale(500, "ns");
        vcd.add_without_memories(items);
    }

    void step(bool clock) {
        top.p_clk.set<bool>(clock);
        top.step();
        if (waveform.is_open()) {
            vcd.sample(moment++);
            waveform << vcd.buffer;
            vcd.buffer.clear();
        }
    }

    void reset(Word cycles) {
        top.p_rst.set<bool>(true);
        for (Word k = 0; k < cycles; k++)
            step(false), step(true);
        top.p_rst.set<bool>(false);
    }

    void log_probes() {
        for (cxxrtl::debug_outline *outline : outlines)
            outline->eval();
        for (Probe &probe : probes)
            if (probe.valid.read() & 1)
                probe.log.push_back(Word(probe.value.read()));
    }
};

// Offers the beats of one stream, each from the first cycle on in which it may.
struct Source {
    const Stimulus::Input *input;
    Bench *bench;
    size_t number;
    Words cycles = {};
    bool offering = false;
    size_t phase = 0;

    bool done() const { return cycles.size() == input->beats.size(); }

    void begin_cycle(Word cycle) {
        const size_t k = cycles.size();
        if (!offering && !done() && input->pattern[phase] && (input->not_before.empty() || cycle >= input->not_before[k])) {
            ports::offer(bench->top, number, true, uint64_t(input->beats[k]));
            offering = true;
        }
        phase = phase + 1 == input->pattern.size() ? 0 : phase + 1;
    }

    bool taken() const { return offering && ports::taken(bench->top, number); }

    void withdraw() {
        ports::offer(bench->top, number, false, 0);
        offering = false;
    }
};

// Takes the beats of one stream and watches that a waiting one stays as it is.
struct Sink {
    const Stimulus::Output *output;
    Bench *bench;
    size_t number;
    Words cycles = {}, beats = {};
    bool ready = false, valid = false, was_waiting = false;
    uint64_t beat = 0;
    size_t phase = 0;

    bool done() const { return Word(cycles.size()) == output->wanted; }

    void begin_cycle() {
        ready = output->pattern[phase];
        ports::set_ready(bench->top, number, ready);
        phase = phase + 1 == output->pattern.size() ? 0 : phase + 1;
    }

    Outcome end_cycle(Word cycle) {
        const uint64_t old = beat;
        valid = ports::valid(bench->top, number);
        beat = valid ? ports::beat(bench->top, number) : 0;
        if (was_waiting && (!valid || beat != old))
            return VIOLATION;
        if (valid && done())
            return EXTRA;
        was_waiting = valid && !ready;
        if (valid && ready)
            beats.push_back(Word(beat)), cycles.push_back(cycle);
        return OK;
    }
};

// One run from its first cycle on: till the end, or through the cycle of the reset.
struct Run {
    Bench &bench;
    const Stimulus &stimulus;
    std::vector<Source> sources;
    std::vector<Sink> sinks;
    Words status;
    Word cycle = 0;
    size_t offender = 0;
    bool taken[ports::inputs + 1] = {};

    Run(Bench &bench, const Stimulus &stimulus) : bench(bench), stimulus(stimulus) {
        for (size_t k = 0; k < ports::inputs; k++) {
            sources.push_back({&stimulus.inputs[k], &bench, k});
            sources.back().withdraw();
        }
        for (size_t k = 0; k < ports::outputs; k++)
            sinks.push_back({&stimulus.outputs[k], &bench, k});
    }

    bool complete() const {
        for (const Source &source : sources)
            if (!source.done())
                return false;
        for (const Sink &sink : sinks)
            if (!sink.done())
                return false;
        return true;
    }

    void begin_cycle() {
        for (Source &source : sources)
            source.begin_cycle(cycle);
        for (Sink &sink : sinks)
            sink.begin_cycle();
    }

    // All of one cycle; `moved` is set if a beat may have been given or taken.
    Outcome play(bool probing, bool last, bool &moved) {
        begin_cycle();
        bench.step(false);
        if (probing)
            bench.log_probes();
        for (size_t k = 0; last && k < ports::status; k++)
            status.push_back(Word(ports::level(bench.top, k)));
        Outcome outcome = OK;
        for (size_t k = 0; k < ports::outputs && outcome == OK; k++) {
            outcome = sinks[offender = k].end_cycle(cycle);
            moved |= sinks[k].valid;
        }
        for (size_t k = 0; k < ports::inputs; k++)
            taken[k] = sources[k].taken();
        bench.step(true);
        for (size_t k = 0; k < ports::inputs && outcome == OK; k++)
            if (taken[k]) {
                sources[k].cycles.push_back(cycle);
                sources[k].withdraw();
                moved = true;
            }
        cycle++;
        return outcome;
    }

    Outcome go() {
        const bool probing = !bench.probes.empty();
        Word stop = complete() ? stimulus.grace_cycles : -1;
        for (;;) {
            bool moved = false;
            const Outcome outcome = play(probing, cycle + 1 == stop, moved);
            if (outcome != OK)
                return outcome;
            if (cycle == stop)
                return OK;
            if (stop < 0) {
                if (moved && complete())
                    stop = cycle + stimulus.grace_cycles;
                else if (cycle == stimulus.max_cycles)
                    return TIMEOUT;
            }
        }
    }

    Outcome go_to_reset() {
        for (bool moved = false; cycle < stimulus.reset_at;) {
            const Outcome outcome = play(false, false, moved);
            if (outcome != OK)
                return outcome;
        }
        begin_cycle();
        bench.reset(1);
        return OK;
    }
};

static void write_result(const std::string &name, const Run &run, Outcome outcome, Word nanoseconds) {
    std::ofstream file(name, std::ios::binary);
    const auto put = [&](const Words &words) {
        file.write(reinterpret_cast<const char *>(words.data()), words.size() * sizeof(Word));
    };
    const auto put_sized = [&](const Words &words) {
        put({Word(words.size())});
        put(words);
    };
    const Word beat = ports::outputs ? Word(run.sinks[run.offender].beat) : 0;
    put({outcome, run.cycle, nanoseconds, Word(run.offender), beat});
    put_sized(run.status);
    for (const Source &source : run.sources)
        put_sized(source.cycles);
    for (const Sink &sink : run.sinks)
        put_sized(sink.cycles), put_sized(sink.beats);
    for (const Probe &probe : run.bench.probes) {
        put({Word(probe.value.width)});
        put_sized(probe.log);
    }
    if (!file.flush())
        fail(3, "cannot write " + name);
}

int main(int argc, char **argv) {
    if (argc != 4)
        fail(3, "usage: driver STIMULUS SETUP RESULT");
    const Stimulus stimulus(argv[1]);
    Bench bench(argv[2]);
    bench.reset(stimulus.reset_cycles);
    const auto start = std::chrono::steady_clock::now();
    Run before(bench, stimulus);
    Outcome outcome = stimulus.reset_at < 0 ? OK : before.go_to_reset();
    const bool reached = outcome == OK;
    Run after(bench, stimulus);
    if (reached)
        outcome = after.go();
    const auto time = std::chrono::steady_clock::now() - start;
    const Word nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    write_result(argv[3], reached ? after : before, outcome, nanoseconds);
}
