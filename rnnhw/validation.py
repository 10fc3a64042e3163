"""Options that check themselves: a pydantic model whose errors are one line each."""

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnhw.errors import RnnhwError


class Options(BaseModel):
    """A frozen set of options; a wrong one raises `RnnhwError` naming the option, the rule and the value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __init__(self, **values):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise RnnhwError(one_line(error, type(self))) from None


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first mistake of a pydantic error in rnnhw's form: name, rule, value."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or model.__name__
    if first["type"] == "extra_forbidden":
        return f"unknown option {name}; allowed are {', '.join(model.model_fields)}"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    if first["type"] == "missing":
        return f"{name} is missing"
    bounds = {}
    for part in getattr(model.model_fields.get(name), "metadata", ()):
        bounds.update({key: getattr(part, key) for key in ("ge", "le") if hasattr(part, key)})
    if first["type"] in ("greater_than_equal", "less_than_equal") and len(bounds) == 2:
        return f"{name} must be in {bounds['ge']}..{bounds['le']}, not {first['input']!r}"
    message = first["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return f"{name} must be {message}, not {first['input']!r}"
