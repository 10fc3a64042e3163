"""The C++ through which the native driver reaches the ports of one design."""

import re

from rnnhw.emit.ports import Channel, Ports

__all__ = ["ports_source"]

TOP = "cxxrtl_design::p_top"


def ports_source(ports: Ports) -> str:
    """Namespace ``ports``: the number of streams and plain outputs, and a function for each that is done to them."""
    return "\n".join(
        [
            "#include <cstddef>",
            "namespace ports {",
            f"constexpr size_t inputs = {len(ports.inputs)}, outputs = {len(ports.outputs)};",
            f"constexpr size_t status = {len(ports.status)};",
            _switch("void offer", ", bool valid, uint64_t beat", [_offer(channel) for channel in ports.inputs]),
            _switch("bool taken", "", [_get(f"{channel.name}_ready", "bool") for channel in ports.inputs]),
            _switch(
                "void set_ready", ", bool ready", [_set(f"{c.name}_ready", "bool", "ready") for c in ports.outputs]
            ),
            _switch("bool valid", "", [_get(f"{channel.name}_valid", "bool") for channel in ports.outputs]),
            _switch("uint64_t beat", "", [_beat(channel) for channel in ports.outputs]),
            _switch("uint64_t level", "", [_get(field.name, "uint64_t") for field in ports.status]),
            "}",
            "",
        ]
    )


def _switch(head: str, arguments: str, cases: list[str]) -> str:
    body = "".join(f"    case {number}: {text}\n" for number, text in enumerate(cases))
    rest = "" if head.startswith("void") else "    return 0;\n"
    return (
        f"static inline {head}({TOP} &top, size_t number{arguments}) {{\n    switch (number) {{\n{body}    }}\n{rest}}}"
    )


def _offer(channel: Channel) -> str:
    fields = [
        _set(f"{channel.name}_{field.name}", "uint64_t", f"beat >> {position} & {(1 << field.width) - 1:#x}ull")
        for field, position in channel.places()
    ]
    return " ".join(
        [_set(f"{channel.name}_valid", "bool", "valid", ""), *(text[: -len(" break;")] for text in fields), "break;"]
    )


def _beat(channel: Channel) -> str:
    fields = [
        f"top.{_member(f'{channel.name}_{field.name}')}.get<uint64_t>() << {position}"
        for field, position in channel.places()
    ]
    return f"return {' | '.join(fields)};"


def _set(port: str, kind: str, value: str, end: str = " break;") -> str:
    return f"top.{_member(port)}.set<{kind}>({value});{end}"


def _get(port: str, kind: str) -> str:
    return f"return top.{_member(port)}.get<{kind}>();"


def _member(port: str) -> str:
    """CXXRTL's name of a port."""
    return "p_" + re.sub(r"\W", lambda found: f"_{ord(found[0]):x}_", port.replace("_", "__"))
