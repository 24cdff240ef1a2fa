"""The section of a campaign's configuration that says how uncertain its parameters are."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ValidationInfo, field_validator, model_validator

from pointes.campaign.configuration.fields import Section, key


def _some_distribution(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not value:
        raise ValueError("expected the distribution of at least one axis by name")
    return value


class Normal(Section):
    """A normal distribution."""

    mean: float = key(..., "Mean.", "of the axis")
    sd: float = key(..., "Standard deviation.", "of the axis", gt=0)


class Lognormal(Section):
    """A distribution whose logarithm is normal."""

    median: float = key(..., "Median.", "of the axis", gt=0)
    factor: float = key(
        ...,
        "exp(standard deviation of the natural logarithm): 68 % of the values lie between the median divided by it and "
        "the median times it.",
        "1",
        gt=1,
    )


class Uniform(Section):
    """A uniform distribution."""

    low: float = key(..., "Smallest value.", "of the axis")
    high: float = key(..., "Largest value.", "of the axis")

    @field_validator("high")
    @classmethod
    def _is_above_low(cls, high: float, info: ValidationInfo) -> float:
        low = info.data.get("low", -float("inf"))
        if high <= low:
            raise ValueError(f"expected a number above low, which is {low:g}")
        return high


class Distribution(Section):
    """The distribution of one axis, of one of these kinds."""

    normal: Normal | None = key(None, "Normal distribution.")
    lognormal: Lognormal | None = key(None, "Distribution whose logarithm is normal.")
    uniform: Uniform | None = key(None, "Uniform distribution.")
    samples: str | None = key(
        None,
        "Path of a CSV file with samples of the axis, each of them equally likely, relative to the working directory "
        "or the project.",
    )
    column: str | None = key(None, "Column of the file of samples.")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        kinds = (self.normal, self.lognormal, self.uniform, self.samples)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("expected one of normal, lognormal, uniform and samples")
        if (self.samples is None) != (self.column is None):
            raise ValueError("expected samples, the path of a CSV file, together with column")
        return self


class Uncertainty(Section):
    """The distributions of the axes, which are propagated through the surrogate when the campaign has learned."""

    n: int = key(
        4096,
        "Number of points of the distributions at which the surrogate is evaluated, best a power of two.",
        "points",
        ge=64,
        le=2**20,
    )
    distributions: Annotated[dict[str, Distribution], AfterValidator(_some_distribution)] = key(
        ...,
        "Distribution of each axis by name, such as {IKr: {normal: {mean: 0.3, sd: 0.05}}}; at most 0.1 % of it may be "
        "outside the explored range.",
    )
