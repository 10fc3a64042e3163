// Runs the design that CXXRTL made (included below) with one stimulus.
//
//     driver STIMULUS SETUP RESULT
//
// STIMULUS and RESULT are arrays of 64-bit words, laid out as sim/cxxrtl_files.py says. SETUP has one
// line a wish, fields parted by tabs: memory NAME FILE, probe NAME VALID, waveform FILE. The rules
// for the two streams are those of sim/protocol.py. Exit codes: 0 done (the result has a
// status), 2 something in SETUP does not fit the design, 3 a file cannot be read or written.

#include DESIGN_SOURCE
#include <cxxrtl/cxxrtl_vcd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using Word = int64_t;
using Words = std::vector<Word>;

enum Status : Word { OK = 0, TIMEOUT = 1, EXTRA = 2, VIOLATION = 3 };

[[noreturn]] static void fail(int code, const std::string &message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(code);
}

static std::vector<char> read_file(const std::string &name) {
    std::ifstream file(name, std::ios::binary);
    if (!file)
        fail(3, "cannot read " + name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Stimulus {
    Word outputs, max_cycles, grace_cycles, reset_cycles;
    Words data, flags, not_before, i_pattern, o_pattern;

    explicit Stimulus(const std::string &name) {
        const std::vector<char> bytes = read_file(name);
        const Word *next = reinterpret_cast<const Word *>(bytes.data());
        outputs = *next++, max_cycles = *next++, grace_cycles = *next++, reset_cycles = *next++;
        for (Words *part : {&data, &flags, &not_before, &i_pattern, &o_pattern}) {
            const Word length = *next++;
            part->assign(next, next + length);
            next += length;
        }
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

static void load_memory(const cxxrtl::debug_items &items, const std::string &name, const std::string &file) {
    if (!items.count(name) || !items.is_memory(name))
        fail(2, "no memory " + name);
    const cxxrtl::debug_item &item = items.at(name).at(0);
    const std::vector<char> bytes = read_file(file);
    if (bytes.size() != item.depth * ((item.width + 31) / 32) * sizeof(uint32_t))
        fail(2, "contents of the wrong size for memory " + name);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(item.curr));
}

struct Bench {
    cxxrtl_design::p_top top;
    cxxrtl::debug_items items;
    std::vector<Probe> probes;
    std::set<cxxrtl::debug_outline *> outlines;
    cxxrtl::vcd_writer vcd;
    std::ofstream waveform;
    uint64_t moment = 0;

    explicit Bench(const std::string &setup) {
        std::ifstream lines(setup);
        std::string line;
        while (std::getline(lines, line)) {
            std::istringstream fields(line);
            std::string kind, name, extra;
            std::getline(fields, kind, '\t'), std::getline(fields, name, '\t'), std::getline(fields, extra, '\t');
            if (items.table.empty())
                top.debug_info(&items, nullptr, "");
            if (kind == "memory")
                load_memory(items, name, extra);
            else if (kind == "probe")
                probes.push_back({Tap(items, name), Tap(items, extra), {}});
            else
                open_waveform(name);
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

// Offers the beats of the stimulus, each from the first cycle on in which it may.
struct Source {
    const Stimulus &stimulus;
    cxxrtl_design::p_top &top;
    const size_t beats;
    Words cycles;
    bool offering = false;
    size_t phase = 0;

    Source(const Stimulus &stimulus, cxxrtl_design::p_top &top)
        : stimulus(stimulus), top(top), beats(stimulus.data.size()) {}

    void set(bool valid, Word data, Word flags) {
        top.p_i__valid.set<bool>(valid);
        top.p_i__data.set<uint64_t>(uint64_t(data));
        top.p_i__first.set<bool>(flags & 1);
        top.p_i__last.set<bool>(flags & 2);
    }

    void begin_cycle(Word cycle) {
        const size_t k = cycles.size();
        if (!offering && k < beats && stimulus.i_pattern[phase] &&
            (stimulus.not_before.empty() || cycle >= stimulus.not_before[k]))
            set(offering = true, stimulus.data[k], stimulus.flags[k]);
        phase = phase + 1 == stimulus.i_pattern.size() ? 0 : phase + 1;
    }

    void taken(Word cycle) {
        cycles.push_back(cycle);
        set(offering = false, 0, 0);
    }
};

// Takes the output beats and watches that a waiting one stays as it is.
struct Sink {
    const Stimulus &stimulus;
    cxxrtl_design::p_top &top;
    Words cycles = {}, outputs = {}, lasts = {};
    bool ready = false, valid = false, last = false, was_waiting = false;
    Word data = 0;
    size_t phase = 0;

    void begin_cycle() {
        ready = stimulus.o_pattern[phase];
        top.p_o__ready.set<bool>(ready);
        phase = phase + 1 == stimulus.o_pattern.size() ? 0 : phase + 1;
    }

    Status end_cycle(Word cycle) {
        const Word old_data = data;
        const bool old_last = last;
        valid = top.p_o__valid.get<bool>();
        if (valid)
            data = Word(top.p_o__data.get<uint64_t>()), last = top.p_o__last.get<bool>();
        if (was_waiting && (!valid || data != old_data || last != old_last))
            return VIOLATION;
        if (valid && Word(outputs.size()) == stimulus.outputs)
            return EXTRA;
        was_waiting = valid && !ready;
        if (valid && ready)
            outputs.push_back(data), lasts.push_back(last), cycles.push_back(cycle);
        return OK;
    }
};

struct Run {
    Bench &bench;
    const Stimulus &stimulus;
    Source source;
    Sink sink;
    Word cycle = 0;

    Run(Bench &bench, const Stimulus &stimulus)
        : bench(bench), stimulus(stimulus), source(stimulus, bench.top), sink{stimulus, bench.top} {}

    bool complete() const {
        return source.cycles.size() == source.beats && Word(sink.outputs.size()) == stimulus.outputs;
    }

    Status go() {
        const bool probing = !bench.probes.empty();
        Word stop = complete() ? stimulus.grace_cycles : -1;
        for (;;) {
            source.begin_cycle(cycle);
            sink.begin_cycle();
            bench.step(false);
            if (probing)
                bench.log_probes();
            const Status status = sink.end_cycle(cycle);
            const bool taken = source.offering && bench.top.p_i__ready.get<bool>();
            bench.step(true);
            if (taken && status == OK)
                source.taken(cycle);
            cycle++;
            if (status != OK)
                return status;
            if (stop < 0) {
                if (complete())
                    stop = cycle + stimulus.grace_cycles;
                else if (cycle == stimulus.max_cycles)
                    return TIMEOUT;
            } else if (cycle == stop)
                return OK;
        }
    }
};

static void write_result(const std::string &name, const Run &run, Status status, Word nanoseconds) {
    std::ofstream file(name, std::ios::binary);
    const auto put = [&](const Words &words) {
        file.write(reinterpret_cast<const char *>(words.data()), words.size() * sizeof(Word));
    };
    put({status, run.cycle, nanoseconds, run.sink.data, run.sink.last});
    for (const Words *part : {&run.source.cycles, &run.sink.cycles, &run.sink.outputs, &run.sink.lasts}) {
        put({Word(part->size())});
        put(*part);
    }
    for (const Probe &probe : run.bench.probes) {
        put({Word(probe.value.width), Word(probe.log.size())});
        put(probe.log);
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
    Run run(bench, stimulus);
    const auto start = std::chrono::steady_clock::now();
    const Status status = run.go();
    const auto time = std::chrono::steady_clock::now() - start;
    write_result(argv[3], run, status, std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}
