"""What Vivado takes of a board's design: SystemVerilog, constraints, and a script that runs it."""

from dataclasses import dataclass

from .yosys import count_cells

TOP = "top"
# Rendered by Amaranth, which knows the pins that a design uses.
CONSTRAINTS = """\
{% for port, pin, attributes in platform.iter_port_constraints_bits() -%}
set_property PACKAGE_PIN {{pin}} [get_ports {{port|tcl_quote}}]
{% for name, value in attributes.items() -%}
set_property {{name}} {{value|tcl_quote}} [get_ports {{port|tcl_quote}}]
{% endfor %}
{% endfor %}
{% for port, frequency in platform.iter_port_clock_constraints() -%}
create_clock -name {{port.name|ascii_escape}} -period {{1000000000 / frequency}} [get_ports {{port.name|tcl_quote}}]
{% endfor %}
{% for signal, frequency in platform.iter_signal_clock_constraints() -%}
create_clock -name {{signal.name|ascii_escape}} -period {{1000000000 / frequency}} \
[get_nets {{signal|hierarchy("/")|tcl_quote}}]
{% endfor %}
{{get_override("add_constraints")|default("")}}
"""
# what each cell of yosys costs
COSTS = {
    "LUT": {
        **{f"LUT{inputs}": 1 for inputs in range(1, 7)},
        **{"INV": 1, "SRL16E": 1, "SRLC32E": 1},
        **{"RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM32M": 4, "RAM64M": 4},
    },
    "FF": dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1),
    "DSP48E1": {"DSP48E1": 1},
    "RAMB18": {"RAMB18E1": 1},
    "RAMB36": {"RAMB36E1": 1},
}
SCRIPT = """\
# Makes {bitstream} with Vivado, without a project:  vivado -mode batch -source {script}
# It fails, and writes no bitstream, if timing is not met.
cd [file dirname [file normalize [info script]]]
file mkdir reports

create_project -in_memory -part {part}
foreach file {{{sources}}} {{
    read_verilog -sv $file
}}
read_xdc {constraints}
synth_design -top {top} -part {part}
# flip-flops that take in what is not synchronous
foreach cell [get_cells -quiet -hierarchical -filter {{amaranth.vivado.false_path == "TRUE"}}] {{
    set_false_path -to $cell
}}
opt_design
place_design
phys_opt_design
route_design
report_timing_summary -max_paths 10 -file reports/timing.rpt
report_utilization -hierarchical -file reports/utilization_hierarchical.rpt
report_utilization -file reports/utilization.rpt
report_drc -file reports/drc.rpt

foreach {{kind delay}} {{set-up max hold min}} {{
    set paths [get_timing_paths -quiet -delay_type $delay -max_paths 1]
    if {{[llength $paths] == 0}} {{
        continue
    }}
    set slack [get_property SLACK [lindex $paths 0]]
    puts "slack, $kind: $slack ns"
    if {{$slack < 0}} {{
        puts stderr "timing is not met: slack of $slack ns ($kind), see reports/timing.rpt"
        exit 1
    }}
}}
write_bitstream -force {bitstream}
puts "{bitstream} written"
"""


@dataclass(frozen=True)
class Prepared:
    """A board's design, elaborated.

    Parameters
    ----------
    rtlil : str
        Of the whole top, pins included.
    constraints : str
        Pins, their standards and the oscillator's clock (XDC).
    part : str
        As Vivado calls it.
    """

    rtlil: str
    constraints: str
    part: str


def prepare(platform, elaboratable) -> Prepared:
    """Elaborate a design on a platform of Xilinx.

    Parameters
    ----------
    platform : amaranth.vendor.XilinxPlatform
        A fresh one, of the 7 series.
    elaboratable : Elaboratable
    """
    kind = type(platform)
    templates = {"{{name}}.il": "{{emit_rtlil()}}", "{{name}}.xdc": CONSTRAINTS}
    platform.__class__ = type(kind.__name__, (kind,), {"file_templates": property(lambda self: templates)})
    files = platform.prepare(elaboratable, TOP, emit_src=False).files
    texts = {name: text if isinstance(text, str) else text.decode() for name, text in files.items()}
    lines = [line.strip() for line in texts[f"{TOP}.xdc"].splitlines()]
    part = f"{platform.device}{platform.package}-{platform.speed}"
    return Prepared(texts[f"{TOP}.il"], "\n".join([*filter(None, lines), ""]), part)


def script(name: str, part: str, sources: list[str]) -> str:
    """Tcl for Vivado that makes ``<name>.bit`` of the sources and ``<name>.xdc``."""
    files = {"constraints": f"{name}.xdc", "bitstream": f"{name}.bit", "script": f"{name}.tcl"}
    return SCRIPT.format(top=TOP, part=part, sources=" ".join(sources), **files)


def count_resources(rtlil: str) -> dict[str, int]:
    """What yosys makes of a top (`synth_xilinx`), in the words of the data sheet.

    Vivado's counts are near to these and not equal.

    Parameters
    ----------
    rtlil : str

    Raises
    ------
    SynthesisError
    """
    cells = count_cells(rtlil, family="xilinx", top=TOP).by_type
    return {name: sum(cells.get(kind, 0) * cost for kind, cost in costs.items()) for name, costs in COSTS.items()}
