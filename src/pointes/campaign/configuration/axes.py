"""The axes of the space that a campaign explores, as its configuration gives them."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from pointes.campaign.configuration.fields import Section, key, numbers


def _is_block_range(values: Sequence[float]) -> bool:
    return len(values) == 2 and 0 <= values[0] < values[1] <= 1


def _is_range(values: Sequence[float]) -> bool:
    return len(values) == 2 and values[0] < values[1]


def _is_positive_range(values: Sequence[float]) -> bool:
    return _is_range(values) and values[0] >= 0


Pair = tuple[float, float]
BlockRange = Annotated[Pair, numbers("two numbers, the lower first, both in [0, 1]", _is_block_range)]
ValueRange = Annotated[Pair, numbers("two numbers, the lower first", _is_range)]
PositiveRange = Annotated[Pair, numbers("two numbers, the lower first, none negative", _is_positive_range)]

RANGES = ("block", "scale", "value", "multiples")
"""Keys of an axis that hold a range, of which an axis has exactly one."""


class AxisSection(Section):
    """One axis of the space: a block, a scale, a value or the dose of a drug."""

    block: BlockRange | None = key(None, "Range of the blocked fraction of the current of this name.", "1")
    scale: PositiveRange | None = key(
        None,
        "Range of the factor of the conductance of the current of this name, or of the constant of the model file.",
        "1",
    )
    value: ValueRange | None = key(
        None,
        "Range of the value of the constant of this name, in the unit of the model file; of `cycle_length` in ms.",
    )
    dose: str | None = key(None, "Drug of `drugs.table` whose concentration is varied, between `multiples` of Cmax.")
    multiples: PositiveRange | None = key(None, "Range of the concentration of the drug `dose`.", "Cmax")
    log: bool = key(False, "Whether the axis is logarithmic.")

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return next(ends for ends in (self.block, self.scale, self.value, self.multiples) if ends is not None)

    @model_validator(mode="after")
    def _is_one_axis(self) -> Self:
        given = [name for name in RANGES if getattr(self, name) is not None]
        if len(given) != 1 or (self.dose is None) != (self.multiples is None):
            raise ValueError("expected one of block, scale and value with a range, or dose with a range of multiples")
        if self.log and self.range[0] <= 0:
            raise ValueError("expected a range above 0, as the axis is logarithmic")
        return self


Blocks = dict[str, BlockRange]


class Parameters(Section):
    """The space that is explored."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, AxisSection] = Field(init=False)

    blocks: Blocks = key(
        {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)},
        "Range of the blocked fraction of each current, by name; the first two axes span the map.",
        "1",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_no_default_beside_axes(cls, values: Any) -> Any:
        """Take no current for blocked by default when other axes are given."""
        return {"blocks": {}, **values} if isinstance(values, dict) and values and "blocks" not in values else values

    @model_validator(mode="after")
    def _has_each_axis_once(self) -> Self:
        twice = [name for name in self.blocks if name in self.others]
        if twice:
            raise ValueError(f"expected each axis once; {', '.join(twice)} is one of blocks, too")
        if not self.axes:
            raise ValueError("expected at least one axis")
        return self

    @property
    def others(self) -> dict[str, AxisSection]:
        """Axes beside ``blocks``, by name."""
        return self.__pydantic_extra__ or {}

    @property
    def axes(self) -> dict[str, AxisSection]:
        """All axes by name, those of ``blocks`` first."""
        return {name: AxisSection(block=ends) for name, ends in self.blocks.items()} | self.others
