# amaranth: UnusedElaboratable=no
"""Cores as netlists of standard cells: equal to golden from an unknown state on, and what is reported of them."""

import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from rnnhw import Design, quantize
from rnnhw.build_asic import build_asic
from rnnhw.errors import RnnhwError
from rnnhw.network import LSTM, RNN, Dense, Network
from rnnhw.report.asic_tables import asic_tables
from rnnhw.sim import Mismatch, SimulationError, verify
from rnnhw.synth import sta
from rnnhw.synth.tools import SynthesisError
from tests.networks import KINDS, random_batch, random_network

from .liberty import BUFFER, FLIP_FLOP, INVERTER, NAND, OSU018, installed, library, part_of_osu018

LIMIT = 100  # bits; so that a little core has memories of all three kinds


@pytest.fixture(scope="module")
def lstm():
    """A little LSTM with loadable weights, and data."""
    rng = np.random.default_rng(3)
    layers = [LSTM(rng.normal(0, 0.8, (8, 2)), rng.normal(0, 0.8, (8, 2)), rng.normal(0, 0.5, 8), "lstm0")]
    layers += [Dense(rng.normal(0, 0.8, (1, 2)), rng.normal(0, 0.5, 1), "linear", "dense0")]
    x = rng.normal(0, 1, (3, 4, 2))
    return Design(quantize(Network(layers, "many-to-one", "little"), x), lanes=2, weights="loadable"), x


@pytest.fixture(scope="module")
def tiny():
    """The smallest core: one unit, its weights fixed."""
    net = Network([RNN(np.ones((1, 1)), np.ones((1, 1)) / 2, np.zeros(1), "relu", "rnn0")], "many-to-one", "tiny")
    x = np.linspace(0, 0.9, 12).reshape(3, 4, 1)
    return Design(quantize(net, x), lanes=1), x


@pytest.fixture(scope="module")
def built(lstm, yosys, tmp_path_factory):
    """The LSTM mapped once; tests must not alter it."""
    return build_asic(lstm[0], installed(OSU018), tmp_path_factory.mktemp("asic") / "out", memories=LIMIT)


@pytest.fixture(scope="module")
def yosys():
    from rnnhw.synth import find_yosys

    try:
        return find_yosys()
    except RnnhwError as error:
        pytest.skip(str(error))


def sources(folder, name):
    """What is simulated: the netlist, the library's cells, the RAM macros."""
    return [path for suffix in ("", "_cells", "_rams") if (path := folder / f"{name}{suffix}.v").is_file()]


def test_the_netlist_equals_golden_from_an_unknown_state(built, lstm):
    design, x = lstm
    result = verify(design, x, simulator="icarus", sources=sources(built.folder, "little"))
    assert (result.sequences, result.cycles) == (3, result.planned_cycles)
    for path in sources(built.folder, "little"):  # nothing has a value that no reset gave it
        assert not re.search(r"\binitial\b|^\s*reg\b[^;]*=", path.read_text(), re.MULTILINE)


def test_without_reset_it_stays_unknown(built, lstm, tmp_path):
    netlist, *others = sources(built.folder, "little")
    broken = tmp_path / netlist.name
    broken.write_text(re.sub(r"\((rst)\)", "(1'b0)", netlist.read_text()))
    with pytest.raises(SimulationError, match="X"):
        verify(lstm[0], lstm[1], simulator="icarus", sources=[broken, *others])


def test_a_wrong_gate_is_found(built, lstm, tmp_path):
    netlist, *others = sources(built.folder, "little")
    broken = tmp_path / netlist.name
    text = netlist.read_text()
    flop = re.search(r"DFFPOSX1 core_engine_mac_array_\S*accumulator\S* \(\n.*\n    \.D\((\S+)\)", text)
    broken.write_text(text[: flop.start(1)] + "1'b1" + text[flop.end(1) :])
    with pytest.raises((Mismatch, RnnhwError), match=r"golden says|the design has no signal"):
        verify(lstm[0], lstm[1], simulator="icarus", sources=[broken, *others])


def test_report(built, lstm):
    report = json.loads((built.folder / "report.json").read_text())
    assert report == built.report
    text = (built.folder / "little.v").read_text()
    cells = re.findall(r"^  (\w+) \S+ \(\n", text, re.MULTILINE)
    macros = [memory for memory in report["memories"] if memory["made_of"] == "macro"]
    assert sum(report["cells"].values()) == len(cells) - len(macros)
    assert all(cells.count(name) == count for name, count in report["cells"].items())
    assert report["flip_flops"] == cells.count("DFFPOSX1")
    areas = dict(re.findall(r"^cell \((\w+)\) \{.*?area : ([\d.]+)", OSU018.read_text(), re.MULTILINE | re.DOTALL))
    area = sum(count * float(areas[name]) for name, count in report["cells"].items())
    assert (report["area"]["total"], report["gate_equivalents"]) == (area, round(area / 24))
    assert report["area"]["sequential"] == 96 * report["flip_flops"]
    assert (report["clock_mhz"], report["met"], report["weights"]) == (None, None, "loadable")
    assert (built.folder / "load.bin").read_bytes() == lstm[0].load_image()


def test_memories(built):
    memories = json.loads((built.folder / "memories.json").read_text())
    kinds = {memory["name"]: memory["made_of"] for memory in memories}
    assert kinds["core_engine_weight_memory_words"] == "macro"
    assert kinds["core_engine_input_buffer_elements"] == "flip-flops"
    assert kinds["core_engine_back_pipeline_0_activation_rom_words"] == "logic"
    for memory in memories:
        assert memory["bits"] == memory["depth"] * memory["width"]
        assert (memory["made_of"] == "macro") == (memory["bits"] > LIMIT and memory["made_of"] != "logic")
    weights = next(memory for memory in memories if memory["name"] == "core_engine_weight_memory_words")
    assert (weights["module"], weights["reads"], weights["writes"]) == ("rnnhw_ram_18x16", 1, 1)
    ports = [(port["direction"], port["name"], port["width"]) for port in weights["ports"]]
    assert ports[:4] == [("input", "clk", 1), ("input", "r_en", 1), ("input", "r_addr", 5), ("output", "r_data", 16)]
    assert ports[4:] == [("input", "w_en", 1), ("input", "w_addr", 5), ("input", "w_data", 16)]


def test_one_port_is_enough_for_weights_and_biases(built, lstm, tmp_path):
    """Where a write takes the place of a read, whatever the words; but not the other way round."""
    netlist, cells, rams = sources(built.folder, "little")
    memories = [memory["name"] for memory in built.report["memories"] if memory["made_of"] == "macro"]
    assert [name.split("_")[-3:-1] for name in memories] == [["bias", "memory"], ["weight", "memory"]]
    text, other = rams.read_text(), tmp_path / "rams.v"
    other.write_text(text.replace("&& w_addr == r_addr", ""))
    assert other.read_text() != text
    assert verify(*lstm, simulator="icarus", sources=[netlist, cells, other]).sequences == 3
    other.write_text(text.replace("if (w_en)", "if (w_en && !r_en)"))
    with pytest.raises(SimulationError, match=r"X|unknown"):
        verify(*lstm, simulator="icarus", sources=[netlist, cells, other])


def test_tables(built):
    from rich.console import Console

    text = io.StringIO()
    for table in asic_tables(built.report):
        Console(width=140, file=text).print(table)
    text = text.getvalue()
    assert f"{built.report['gate_equivalents']:,}" in text
    assert "macro rnnhw_ram_18x16" in text
    assert "register to register" in text


@pytest.fixture
def opensta():
    if sta.find_sta() is None:
        pytest.skip("OpenSTA was not found; apt-get install opensta")


def test_timing(built, opensta):
    timing = built.report["timing"]
    assert timing["tool"] == "OpenSTA"
    assert set(timing["groups"]) >= {"register to register", "input to register", "register to output"}
    assert {"memory read to register", "register to memory"} <= set(timing["groups"])
    worst = max(timing["groups"].values(), key=lambda path: path["delay_ns"])
    assert {key: timing["critical"][key] for key in worst} == worst
    assert timing["groups"]["memory read to register"]["start"].startswith("core_engine_")
    clock = (built.folder / "little.sdc").read_text().splitlines()[0]
    assert clock == f"create_clock -name clk -period {worst['delay_ns']:.4f} [get_ports clk]"


def test_constraints_are_understood_and_just_met(built, opensta, tmp_path):
    shutil.copy(OSU018, tmp_path / "l.lib")
    text = re.sub(r"^  rnnhw_ram_.*?^  \);\n", "", (built.folder / "little.v").read_text(), flags=re.S | re.M)
    (tmp_path / "n.v").write_text(text)
    lines = ["read_liberty l.lib", "read_verilog n.v", "link_design little"]
    lines += [(built.folder / "little.sdc").read_text(), "report_worst_slack", "report_checks"]
    (tmp_path / "t.tcl").write_text("\n".join(lines))
    command = [sta.find_sta(), "-no_splash", "-exit", "t.tcl"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Error" not in said
    assert float(re.search(r"worst slack (-?[\d.]+)", said)[1]) >= 0


def test_a_clock_that_is_met_and_one_that_is_not(tiny, yosys, opensta, tmp_path):
    slow = build_asic(tiny[0], installed(OSU018), tmp_path / "slow", clock_mhz=20)
    assert slow.met is True
    fast = build_asic(tiny[0], OSU018, tmp_path / "fast", clock_mhz=5000.0)
    assert fast.met is False
    assert fast.report["timing"]["critical"]["delay_ns"] <= slow.report["timing"]["critical"]["delay_ns"]


def test_without_opensta_there_are_levels(tiny, yosys, tmp_path, monkeypatch):
    monkeypatch.setattr(sta, "NAMES", ("no-such-program",))
    result = build_asic(tiny[0], installed(OSU018), tmp_path / "out", clock_mhz=20)
    timing = result.report["timing"]
    assert (timing["tool"], timing["critical"], timing["groups"], result.met) == ("logic levels", None, {}, None)
    assert 5 < timing["levels"] < 100


def test_a_library_of_four_cells(tiny, yosys, tmp_path):
    """Its only flip-flop has an asynchronous set and reset, which the core does not need."""
    path = tmp_path / "four.lib"
    path.write_text(part_of_osu018("DFFSR", "INVX1", "BUFX2", "NAND2X1"))
    design, x = tiny
    result = build_asic(design, path, tmp_path / "out", memories="flops")
    assert set(result.report["cells"]) == {"DFFSR", "INVX1", "BUFX2", "NAND2X1"}
    assert not (tmp_path / "out" / "load.bin").exists()
    assert verify(design, x, simulator="icarus", sources=sources(result.folder, "tiny")).sequences == 3


@pytest.mark.parametrize("seed", range(4))
def test_every_register_has_a_reset(seed, yosys, tmp_path):
    """In RTL: what yosys then makes of it needs no initial values."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, kinds=KINDS, largest=4)
    design = Design(
        quantize(net, random_batch(rng, net, 3, 3)), lanes=1, weights="loadable", load_state=True, max_steps=4
    )
    (tmp_path / "core.il").write_text(design.core.rtlil)
    script = "read_rtlil core.il; proc; flatten; setattr -unset init; opt_clean; opt_expr; opt_dff; opt_clean; "
    script += "select -assert-min 20 t:$sdff t:$sdffe t:$sdffce %u %u; select -assert-none t:$dff t:$dffe %u"
    subprocess.run([yosys, "-q", "-p", script], cwd=tmp_path, check=True)


def test_an_earlier_output_is_replaced_and_nothing_else(tiny, built, yosys, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(built.folder, folder)
    build_asic(tiny[0], OSU018, folder)
    assert (folder / "tiny.v").is_file()
    assert not (folder / "little.v").exists()
    (folder / "mine.txt").write_text("")
    with pytest.raises(RnnhwError, match=r"holds mine\.txt, which rnnhw did not write"):
        build_asic(tiny[0], OSU018, folder)


def test_wrong_options(tiny, tmp_path):
    design, out = tiny[0], tmp_path / "out"
    with pytest.raises(
        RnnhwError, match=r"^memories must be 'auto', 'flops' or a number of bits of at least 0, not 'x'$"
    ):
        build_asic(design, OSU018, out, memories="x")
    with pytest.raises(RnnhwError, match=r"^clock_mhz must be above 0 and below 1000000, not 0$"):
        build_asic(design, OSU018, out, clock_mhz=0)
    with pytest.raises(TypeError, match=r"^clock_mhz must be a number of MHz, not str$"):
        build_asic(design, OSU018, out, clock_mhz="fast")
    with pytest.raises(RnnhwError, match=r"none\.lib: cannot be read"):
        build_asic(design, tmp_path / "none.lib", out)
    assert not out.exists()


def test_a_library_without_delays(tiny, yosys, tmp_path):
    path = tmp_path / "odd.lib"
    path.write_text(library(FLIP_FLOP, INVERTER, BUFFER, NAND))
    message = r"odd\.lib: abc cannot map gates to this library; .*; see .*out\.failed/map\.log$"
    with pytest.raises(SynthesisError, match=message):
        build_asic(tiny[0], path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.failed" / "map.log").is_file()


def test_a_flip_flop_that_nothing_can_be_mapped_to(tiny, yosys, tmp_path):
    path = tmp_path / "odd.lib"
    text = part_of_osu018("DFFPOSX1", "INVX1", "BUFX2", "NAND2X1")
    path.write_text(text.replace('next_state : "D"', 'next_state : "D DS0000"'))
    with pytest.raises(SynthesisError, match=r"^[^\n]*odd\.lib: [^\n]*; see [^\n]*out\.failed[^\n]*$"):
        build_asic(tiny[0], path, tmp_path / "out")
