# amaranth: UnusedElaboratable=no
"""What is written for Vivado: pins, script, sources that run, and the resources that yosys counts."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from rnnhw import Design, quantize
from rnnhw.board_file import read_board_file
from rnnhw.boards import find
from rnnhw.build_vivado import build_vivado
from rnnhw.closing import Wishes
from rnnhw.emit.rtlil_parser import parse
from rnnhw.emit.systemverilog import to_systemverilog
from rnnhw.errors import RnnhwError
from rnnhw.network import RNN, Network
from rnnhw.synth import xilinx
from tests.gateware.link.frames import HELLO, frame
from tests.gateware.link.frames import parse as parse_frames

BAUD = 10_000_000  # ten cycles a bit, so that little has to be simulated
PINS = {  # Digilent's constraints for the Arty A7, written down once more
    "clk100_0__io": "E3",
    "uart_0__rx__io": "A9",
    "uart_0__tx__io": "D10",
    "led_0__io": "H5",
    "led_1__io": "J5",
}
SPI = {"cs_n": "G13", "sck": "D12", "copi": "B11", "cipo": "A11"}  # pins 1, 4, 2, 3 of connector JA
# What the script's commands are, in place of Vivado's.
STUBS = """
set ::said {}
foreach name {create_project synth_design opt_design place_design phys_opt_design route_design report_timing_summary
              report_utilization report_drc write_bitstream read_verilog read_xdc set_false_path} {
    proc $name {args} "lappend ::said \\[list $name {*}\\$args\\]"
}
proc get_cells {args} {return cell}
proc get_timing_paths {args} {return [list [lindex $args 2]]}
proc get_property {name object} {return [expr {$object eq {max} ? $::setup : $::hold}]}
rename exit stop
proc exit {code} {puts "exit $code"; puts [join $::said \\n]; stop $code}
"""


@pytest.fixture(scope="module")
def design():
    """The smallest core, its weights fixed."""
    net = Network([RNN(np.ones((1, 1)), np.ones((1, 1)) / 2, np.zeros(1), "tanh", "rnn0")], "many-to-one", "tiny")
    return Design(quantize(net, np.linspace(0, 0.9, 12).reshape(3, 4, 1)), lanes=1, target=find("arty-a7"))


@pytest.fixture(scope="module")
def built(design, yosys, tmp_path_factory):
    """Files for Vivado, made once; tests must not alter them."""
    pytest.importorskip("amaranth_boards")
    folder = tmp_path_factory.mktemp("vivado") / "out"
    return build_vivado(design, find("arty-a7"), folder, Wishes(baud=BAUD), length=4)


@pytest.fixture(scope="module")
def yosys():
    from rnnhw.synth import find_yosys

    try:
        return find_yosys()
    except RnnhwError as error:
        pytest.skip(str(error))


def properties(text: str, name: str) -> dict[str, str]:
    """A property of each port."""
    found = re.findall(rf'^set_property {name} "?([\w.]+)"? \[get_ports "([^"]+)"\]$', text, re.MULTILINE)
    return {port: value for value, port in found}


def test_pins(built):
    text = (built.folder / "tiny.xdc").read_text()
    assert properties(text, "PACKAGE_PIN") == PINS
    assert properties(text, "IOSTANDARD") == dict.fromkeys(PINS, "LVCMOS33")
    assert 'create_clock -name clk100_0__io -period 10.0 [get_ports "clk100_0__io"]' in text
    ports = re.search(r"^module top \((.*?)\);", (built.folder / "tiny.sv").read_text(), re.DOTALL | re.MULTILINE)[1]
    assert set(re.findall(r"(\w+)(?:,|$)", ports, re.MULTILINE)) == set(PINS)


@pytest.fixture
def uncounted(monkeypatch):
    """Without the synthesis that counts resources, which takes its time."""
    monkeypatch.setattr(xilinx, "count_resources", lambda rtlil: dict.fromkeys(xilinx.COSTS, 0))


def test_spi_is_on_a_connector(design, uncounted, tmp_path):
    pytest.importorskip("amaranth_boards")
    found = build_vivado(design, find("arty-a7"), tmp_path / "out", Wishes(link="spi", clock=120.0))
    pins = properties((found.folder / "tiny.xdc").read_text(), "PACKAGE_PIN")
    assert {name: pins[f"spi_link_0__{name}__io"] for name in SPI} == SPI
    text = (found.folder / "tiny.sv").read_text()
    assert re.search(r"PLLE2_BASE #\(\s*\.CLKIN1_PERIOD\(10\.0\)", text)
    assert (found.board.clock_hz, found.board.link) == (120_000_000, "spi")


@pytest.mark.parametrize(
    ("setup", "hold", "code", "last"),
    [(0.1, 0.05, 0, "tiny.bit written"), (-0.2, 0.05, 1, "exit 1"), (0.1, -0.01, 1, "exit 1")],
)
def test_script(built, tmp_path, setup, hold, code, last):
    """In tclsh, with commands that do nothing: it goes through, or stops where timing is not met."""
    tclsh = shutil.which("tclsh")
    if tclsh is None:
        pytest.skip("tclsh was not found; apt-get install tcl")
    shutil.copytree(built.folder, tmp_path / "out")
    script = (tmp_path / "out" / "tiny.tcl").read_text()
    text = f"set setup {setup}; set hold {hold}\n{STUBS}\n{script.partition('cd [')[2].partition(chr(10))[2]}"
    (tmp_path / "out" / "run.tcl").write_text(text + "\nputs [join $::said \\n]\n")
    done = subprocess.run([tclsh, "run.tcl"], cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert last in done.stdout
    assert ("timing is not met" in done.stderr) == bool(code)
    said = [line for line in done.stdout.splitlines() if "_" in line]
    assert ("write_bitstream -force tiny.bit" in said) == (code == 0)
    order = "create_project read_verilog read_xdc synth_design opt_design place_design phys_opt_design route_design"
    commands = [line.split()[0] for line in said]
    assert [name for name in dict.fromkeys(commands) if name in order.split()] == order.split()
    assert "create_project -in_memory -part xc7a35ticsg324-1L" in said
    for line in said:
        if line.startswith(("read_verilog", "read_xdc")):
            assert (built.folder / line.split()[-1]).is_file()


def test_board_file_and_resources(built, design):
    found = read_board_file(built.folder)
    assert (found.board, found.device, found.clock_hz, found.baud) == ("arty-a7", "xc7a35t", 100_000_000, BAUD)
    assert found.identity == design.identity.hex()
    counted = json.loads((built.folder / "resources.json").read_text())
    assert list(counted) == ["LUT", "FF", "DSP48E1", "RAMB18", "RAMB36"]
    assert counted["LUT"] > 100
    assert counted["FF"] > 100
    assert found.utilisation["DSP48E1"] == [counted["DSP48E1"], 90]
    assert found.utilisation["DSP48E1"][0] == design.estimate().dsp
    assert found.figures["length"] == 4
    assert "DSP48E1 (by yosys)" in [*built.table().columns[0].cells]


MODELS = """
module IBUF(input I, output O); assign O = I; endmodule
module OBUFT(input I, T, output O); assign O = T ? 1'bz : I; endmodule
"""
BENCH = """`timescale 1ns/1ps
module bench;
  reg clk = 0, rx = 1;
  wire tx;
  top dut(.clk100_0__io(clk), .uart_0__rx__io(rx), .uart_0__tx__io(tx), .led_0__io(), .led_1__io());
  always #5 clk = ~clk;
  integer bits [0:BITS-1];
  integer at, n;
  reg [7:0] byte_;
  initial begin
    $readmemb("bits.txt", bits);
    #30000;
    for (at = 0; at < BITS; at = at + 1) begin rx = bits[at]; #100; end
    #100000 $finish;
  end
  always begin
    @(negedge tx); #150;
    for (n = 0; n < 8; n = n + 1) begin byte_[n] = tx; #100; end
    $display("byte %d", byte_);
  end
endmodule
"""


def test_the_sources_answer_hello(built, design, tmp_path):
    """The top that Vivado gets, simulated from pin to pin in Icarus."""
    icarus = shutil.which("iverilog")
    if icarus is None:
        pytest.skip("Icarus Verilog was not found; apt-get install iverilog")
    request = frame(HELLO, 9)
    bits = [bit for byte in request for bit in (0, *(byte >> n & 1 for n in range(8)), 1)]
    (tmp_path / "bits.txt").write_text("\n".join(map(str, bits)))
    (tmp_path / "bench.v").write_text(BENCH.replace("BITS", str(len(bits))) + MODELS)
    sources = sorted(built.folder.glob("*.sv"))
    subprocess.run([icarus, "-g2012", "-s", "bench", "-o", "run", "bench.v", *sources], cwd=tmp_path, check=True)
    said = subprocess.run(["vvp", "-n", "run"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    wire = bytes(int(line.split()[1]) for line in said.splitlines() if line.startswith("byte"))
    answer = parse_frames(wire[wire.index(b"~") :])[0]
    assert (answer.type, answer.sequence) == (HELLO | 0x80, 9)
    assert answer.payload[:9] == bytes([1]) + design.identity


def test_attributes_that_are_no_identifiers_are_escaped():
    text = """
attribute \\top 1
module \\top
  wire width 1 input 1 \\a
  wire width 1 output 2 \\y
  attribute \\amaranth.vivado.false_path "TRUE"
  attribute \\keep 1
  cell \\IBUF \\buffer
    connect \\I \\a
    connect \\O \\y
  end
end
"""
    assert parse(text)
    assert '(* \\amaranth.vivado.false_path  = "TRUE", keep = 1 *)' in to_systemverilog(text, top="top").logic


def test_an_earlier_output_is_replaced_with_what_vivado_made(built, design, uncounted, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(built.folder, folder)
    (folder / "reports").mkdir()
    (folder / "reports" / "timing.rpt").write_text("")
    (folder / "tiny.bit").write_text("")
    build_vivado(design, find("arty-a7"), folder)
    assert not (folder / "tiny.bit").exists()
    (folder / "mine.txt").write_text("")
    with pytest.raises(RnnhwError, match=r"holds mine\.txt, which rnnhw did not write"):
        build_vivado(design, find("arty-a7"), folder)


def test_wrong_wishes(design, tmp_path):
    with pytest.raises(RnnhwError, match=r"^board icebreaker: its bitstream is made by open tools, not by Vivado$"):
        build_vivado(design, find("icebreaker"), tmp_path / "out")
    with pytest.raises(RnnhwError, match=r"^board arty-a7: clock must be a number of MHz; only Vivado"):
        build_vivado(design, find("arty-a7"), tmp_path / "out", Wishes(clock="max"))
    assert not (tmp_path / "out").exists()
