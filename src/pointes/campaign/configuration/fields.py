"""The base class of the sections of a configuration, and the checks that their keys share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from sys import float_info
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from pointes.errors import unknown


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, values are neither converted nor changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def key(default: Any, description: str, unit: str = "", **constraints: Any) -> Any:
    """Return a field with its description and unit for the schema and the key reference; `...` makes it required."""
    return Field(default, description=description, json_schema_extra={"unit": unit} if unit else None, **constraints)


def are_numbers(values: Iterable[Any]) -> bool:
    """Return whether all values are numbers, finite ones in double precision."""
    return all(type(value) in (int, float) and abs(value) <= float_info.max for value in values)


def numbers(expected: str, valid: Callable[[Sequence[float]], bool]) -> BeforeValidator:
    """Return a validator that refuses everything but lists of numbers that meet a condition."""

    def check(value: Any) -> tuple[float, ...]:
        if isinstance(value, list | tuple) and are_numbers(value) and valid(value):
            return tuple(value)
        raise ValueError(f"expected {expected}")

    return BeforeValidator(check)


def at_most(path: str) -> AfterValidator:
    """Return a validator that refuses numbers above that of an earlier key of the same section, given by its path."""

    def check(value: int, info: ValidationInfo) -> int:
        largest = info.data.get(path.rpartition(".")[2], value)
        if value > largest:
            raise ValueError(f"expected at most {path}, which is {largest}")
        return value

    return AfterValidator(check)


def name_in(registry: Mapping[str, Any], *others: str) -> AfterValidator:
    """Return a validator that refuses names that are neither in a registry nor among some others."""

    def check(value: str) -> str:
        if value in others or value in registry:
            return value
        raise ValueError(f"expected {unknown('', value, (*others, *registry)).expected}")

    return AfterValidator(check)


def _countable(value: int) -> int:
    if value > LARGEST_COUNT:
        raise ValueError(f"expected at most {LARGEST_COUNT}")
    return value


LARGEST_COUNT = 1_000_000_000
"""Largest number of anything, which arrays can be numbered by."""

Count = Annotated[int, Field(ge=1), AfterValidator(_countable)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
