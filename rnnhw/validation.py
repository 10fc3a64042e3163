"""Options that check themselves: a pydantic model whose errors are one line each."""

from numbers import Integral, Real

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnhw.errors import RnnhwError

_KINDS = {  # pydantic's names of a wrong kind, in words
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "dict_type": "a table of names and values",
    "list_type": "a list",
}


class Options(BaseModel):
    """A frozen set of options; a wrong one raises `RnnhwError` naming the option, the rule and the value.

    Numbers of other libraries (``numpy.int64(8)``) are taken as the Python numbers that they equal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __init__(self, **values):
        try:
            super().__init__(**{key: _plain(value) for key, value in values.items()})
        except ValidationError as error:
            raise RnnhwError(one_line(error, type(self))) from None


def _plain(value):
    """A foreign number as a Python number, anything else as it is."""
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first mistake of a pydantic error in rnnhw's form: name, rule, value."""
    first = error.errors()[0]
    kind, name = first["type"], ".".join(str(part) for part in first["loc"]) or model.__name__
    if kind == "extra_forbidden":
        return f"unknown option {name}; allowed are {', '.join(model.model_fields)}"
    if kind == "value_error":
        return str(first["ctx"]["error"])
    if kind == "missing":
        return f"{name} is missing"
    if kind in ("greater_than_equal", "less_than_equal"):
        rule = _bounds(first["ctx"], getattr(model.model_fields.get(name), "metadata", ()))
    elif kind == "literal_error":
        rule = first["ctx"]["expected"]
    else:
        rule = _KINDS.get(kind) or first["msg"].removeprefix("Input should be ")
    return f"{name} must be {rule}, not {first['input']!r}"


def _bounds(broken: dict, metadata) -> str:
    """The rule that a field's bounds make: the one that was broken, and the other one if there is one."""
    bounds = broken | {key: getattr(part, key) for part in metadata for key in ("ge", "le") if hasattr(part, key)}
    if len(bounds) == 2:
        return f"in {bounds['ge']}..{bounds['le']}"
    return f"at least {bounds['ge']}" if "ge" in bounds else f"at most {bounds['le']}"
