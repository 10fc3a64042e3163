"""Turns a module's RTLIL into a `Netlist`: flip-flops gathered, processes merged, names given to slices."""

from collections import Counter
from collections.abc import Iterator

from rnnhw.emit.rtlil import Assign, Cell, Const, Module, Process, Sig, Slice, Wire
from rnnhw.emit.sv_decide import decide
from rnnhw.emit.sv_netlist import FlopGroup, Netlist
from rnnhw.emit.sv_statements import (
    Body,
    assigned,
    is_reset,
    map_sigs,
    merge,
    prune,
    resolve,
    retarget,
    sigs,
)
from rnnhw.errors import RnnhwError

__all__ = ["build_netlist"]

_REFUSED = {
    "$anyconst": "AnyConst",
    "$anyseq": "AnySeq",
    "$initstate": "Initial()",
    "$print": "Print",
    "$check": "Assert, Assume or Cover",
    "$tribuf": "a three-state buffer",
}
_OPERATORS = frozenset(
    "$" + name
    for name in """
    neg not reduce_bool reduce_or reduce_and reduce_xor add sub mul divfloor modfloor shl shr sshr and or
    xor eq ne lt gt le ge mux shift
""".split()
)


def build_netlist(module: Module, modules: dict[str, Module]) -> Netlist:
    """Build the net list of one module.

    Parameters
    ----------
    module : Module
        The module.
    modules : dict
        Cell kind (with its backslash) to module, for all modules of the design.

    Raises
    ------
    RnnhwError
        For a cell that has no place in synthesisable SystemVerilog.
    """
    net = Netlist(module, {wire.name: wire for wire in module.wires})
    flops: list[Cell] = []
    for item in module.items:
        if isinstance(item, Process):
            targets = list(dict.fromkeys(assigned(item.body)))
            if targets:
                net.combs[targets[0]] = resolve(item.body)
        elif item.kind in ("$dff", "$adff"):
            flops.append(item)
        else:
            _sort_cell(net, item)
    _find_instance_outputs(net, modules, {chunk.wire for cell in flops for chunk in cell.port("Q")})
    _choose_names(net)
    _gather_flops(net, flops)
    _decide_all(net)
    _rename(net)
    net.count_uses()
    return net


def _sort_cell(net: Netlist, cell: Cell) -> None:
    if cell.kind.startswith("\\"):
        net.instances.append(cell)
    elif cell.kind in _OPERATORS:
        if cell.port("Y"):
            net.ops[cell.port("Y")[0].wire] = cell
    elif cell.kind == "$meminit_v2":
        net.mem_inits[cell.parameter("MEMID")] = cell
    elif cell.kind == "$memrd_v2":
        if cell.port("DATA"):
            net.mem_reads[cell.port("DATA")[0].wire] = cell
    elif cell.kind == "$memwr_v2":
        net.mem_writes.append(cell)
    else:
        what = _REFUSED.get(cell.kind, "an unknown cell")
        raise RnnhwError(f"module {net.module.name}: {what} ({cell.kind}) cannot be printed as SystemVerilog")


def _find_instance_outputs(net: Netlist, modules: dict[str, Module], driven: set[str]) -> None:
    """A known module says which ports are outputs; of a black box these are the ones that drive the undriven."""
    driven |= {*net.ops, *net.combs, *net.mem_reads}
    driven |= {chunk.wire for lhs, _ in net.module.connects for chunk in lhs if isinstance(chunk, Slice)}
    driven |= {wire.name for wire in net.module.wires if wire.direction in ("input", "inout")}
    for cell in net.instances:
        known = modules.get(cell.kind)
        outputs = {wire.name[1:] for wire in known.wires if wire.direction == "output"} if known else set()
        for port, sig in cell.ports:
            names = [chunk.wire for chunk in sig if isinstance(chunk, Slice)]
            if port in outputs or (not known and names and not driven & set(names) and len(names) == len(sig)):
                net.instance_outputs.update((name, (cell, port)) for name in names)


def _choose_names(net: Netlist) -> None:
    """Keep the connections that name bits which have no better name, and those that drive outputs.

    Amaranth connects a wire to a value only to give it a name: nothing reads such a wire. Where the value is a part of
    a made-up wire, or the wire is a field of the signal that it is a part of, the name is worth printing.
    """
    taken: set[Slice] = set()
    for lhs, rhs in net.module.connects:
        if len(lhs) != 1 or not rhs:
            continue
        target, source = lhs[0], rhs[0]
        wire = net.wires[target.wire]
        if len(rhs) == 1 and isinstance(source, Slice) and target.width == wire.width and source not in taken:
            whole = source.width == net.wires[source.wire].width
            is_field = target.wire.startswith((source.wire + ".", source.wire + "["))
            if (net.is_auto(source.wire) or (is_field and not whole)) and wire.direction in ("", "output"):
                taken.add(source)
                net.aliases[target.wire] = rhs
                continue
        if wire.direction:
            net.connects.append((lhs, rhs))


def _gather_flops(net: Netlist, cells: list[Cell]) -> None:
    reads = Counter(chunk.wire for sig in _all_values(net, cells) for chunk in sig if isinstance(chunk, Slice))
    bodies: dict[tuple[Sig, str, Sig, Sig], list[Body]] = {}
    members: dict[tuple[Sig, str, Sig, Sig], list[tuple[Slice, str]]] = {}
    for cell in cells:
        if not cell.port("Q"):
            continue
        (q,), data = cell.port("Q"), cell.port("D")
        body: Body = (Assign((q,), data),)
        source = data[0].wire if len(data) == 1 and isinstance(data[0], Slice) else ""
        if net.is_auto(source) and source in net.combs and reads[source] == 1 and data[0].width == q.width:
            body = retarget(net.combs.pop(source), source, q.wire)
        if body[0] == Assign((q,), (q,)):
            body = body[1:]
        init = net.wires[q.wire].attribute("init")
        reset: Sig = ()
        bits = init.bits if isinstance(init, Const) else "0" * q.width
        async_reset = cell.port("ARST") if cell.kind == "$adff" else ()
        if async_reset:
            bits = cell.parameter("ARST_VALUE").bits
        elif body and is_reset(body[-1], (q,), bits):
            reset = body[-1].sel
            body = body[:-1]
        key = (cell.port("CLK"), "posedge" if cell.parameter("CLK_POLARITY") else "negedge", async_reset, reset)
        bodies.setdefault(key, []).append(body)
        members.setdefault(key, []).append((q, bits))
    net.flops = [FlopGroup(*key, tuple(members[key]), prune(merge(bodies[key]))) for key in bodies]


def _all_values(net: Netlist, flops: list[Cell]) -> Iterator[Sig]:
    for cell in [*flops, *net.ops.values(), *net.mem_reads.values(), *net.mem_writes, *net.instances]:
        yield from (sig for name, sig in cell.ports if name not in ("Q", "Y"))
    for body in net.combs.values():
        yield from sigs(body)
    yield from (rhs for _, rhs in net.module.connects)


def _decide_all(net: Netlist) -> None:
    """Make each process a decision; the stages that this takes come before the process that they are a part of."""
    combs, net.combs = net.combs, {}
    for wire, body in combs.items():
        width = net.wires[wire].width
        count = 0

        def new_stage(decision: Body, wire: str = wire, width: int = width) -> str:
            nonlocal count
            count += 1
            name = f"{wire}$stage{count}"
            name = name if net.is_auto(name) else f"${name[1:]}"
            net.wires[name] = Wire(name, width, "", ())
            net.combs[name] = retarget(decision, wire, name)
            net.stages.setdefault(wire, []).append(name)
            return name

        net.combs[wire] = decide(body, wire, width, new_stage)


def _rename(net: Netlist) -> None:
    """Put the names of slices in the place of the slices, everywhere."""
    names = {sig[0]: wire for wire, sig in net.aliases.items()}

    def change(sig: Sig) -> Sig:
        return tuple(Slice(names[c], 0, c.width) if isinstance(c, Slice) and c in names else c for c in sig)

    def change_cell(cell: Cell) -> Cell:
        ports = tuple((name, sig if name in ("Y", "Q") else change(sig)) for name, sig in cell.ports)
        return Cell(cell.kind, cell.name, cell.parameters, ports, cell.attributes)

    net.ops = {wire: change_cell(cell) for wire, cell in net.ops.items()}
    net.mem_reads = {wire: change_cell(cell) for wire, cell in net.mem_reads.items()}
    net.mem_writes = [change_cell(cell) for cell in net.mem_writes]
    outputs = {wire: (cell.name, port) for wire, (cell, port) in net.instance_outputs.items()}
    net.instances = [
        Cell(
            cell.kind,
            cell.name,
            cell.parameters,
            tuple((name, sig if net.is_driven_by(cell, sig) else change(sig)) for name, sig in cell.ports),
            cell.attributes,
        )
        for cell in net.instances
    ]
    by_name = {cell.name: cell for cell in net.instances}
    net.instance_outputs = {wire: (by_name[name], port) for wire, (name, port) in outputs.items()}
    net.combs = {wire: map_sigs(body, change) for wire, body in net.combs.items()}
    net.flops = [
        FlopGroup(
            change(group.clock),
            group.edge,
            change(group.async_reset),
            change(group.reset),
            group.members,
            map_sigs(group.body, change),
        )
        for group in net.flops
    ]
    net.connects = [(lhs, change(rhs)) for lhs, rhs in net.connects]
