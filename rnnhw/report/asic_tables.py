"""Tables of a netlist of standard cells."""

from rich.table import Table

MOST_CELLS = 8  # types of cells that have a row of their own


def asic_tables(report: dict) -> list[Table]:
    """Area, timing and memories, from what stands in an ASIC build's ``report.json``."""
    return [_summary(report), *([_paths(report)] if report["timing"]["groups"] else []), _memories(report)]


def _summary(report: dict) -> Table:
    area, timing, bits = report["area"], report["timing"], report["memory_bits"]
    table = Table(title=f"{report['name']} in {report['library']['name']}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("area (the library's unit)", f"{area['total']:,.0f}")
    table.add_row("  of which flip-flops", f"{area['sequential']:,.0f}")
    table.add_row(f"gate equivalents ({report['gate_equivalent']['cell']})", f"{report['gate_equivalents']:,}")
    table.add_row("cells", f"{sum(report['cells'].values()):,}")
    most = sorted(report["cells"].items(), key=lambda item: (-item[1], item[0]))
    for name, count in most[:MOST_CELLS]:
        table.add_row(f"  {name}", f"{count:,}")
    if len(most) > MOST_CELLS:
        table.add_row(f"  {len(most) - MOST_CELLS} more types", f"{sum(count for _, count in most[MOST_CELLS:]):,}")
    table.add_row("RAM macros, not in the area", f"{bits['macro']:,} bits")
    share = f" (at least {bits['flip-flops_area'] / area['total']:.0%} of the area)" if bits["flip-flops"] else ""
    table.add_row("memories of flip-flops", f"{bits['flip-flops']:,} bits{share}")
    critical = timing["critical"]
    if critical is None:
        table.add_row("longest path (no OpenSTA: no delays)", f"{timing['levels']} cells")
    else:
        table.add_row(
            f"critical path ({timing['tool']} {timing['version']}, no wires)", f"{critical['delay_ns']:.3f} ns"
        )
        table.add_row("  highest clock", f"{critical['mhz']:,.1f} MHz")
    if report["clock_mhz"] is not None:
        verdict = {True: "met", False: "NOT met", None: "not known"}[report["met"]]
        table.add_row("  clock asked for", f"{report['clock_mhz']:g} MHz, {verdict}")
    return table


def _paths(report: dict) -> Table:
    table = Table(title="Longest paths", title_justify="left")
    for heading in ("from, to", "ns", "cells", "start", "end"):
        table.add_column(heading, justify="right" if heading in ("ns", "cells") else "left", overflow="fold")
    for name, path in report["timing"]["groups"].items():
        table.add_row(name, f"{path['delay_ns']:.3f}", str(path["cells"]), path["start"], path["end"])
    return table


def _memories(report: dict) -> Table:
    table = Table(title="Memories", title_justify="left")
    for heading in ("memory", "words x bits", "read, write ports", "made of"):
        table.add_column(heading, overflow="fold")
    for memory in report["memories"]:
        made = f"macro {memory['module']}" if memory["made_of"] == "macro" else memory["made_of"]
        shape = f"{memory['depth']} x {memory['width']}"
        table.add_row(memory["name"], shape, f"{memory['reads']}, {memory['writes']}", made)
    return table
