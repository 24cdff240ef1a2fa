"""The section of a configuration that asks for simulations at given points, without learning."""

from typing import Literal, Self

from pydantic import model_validator

from pointes.campaign.configuration.fields import Count, Section, key


class Sweep(Section):
    """Points that are simulated without learning."""

    design: Literal["sobol", "latin-hypercube", "grid", "file"] = key(
        "sobol", "How the points lie: a scrambled Sobol sequence, a Latin hypercube, a grid, or those of a file."
    )
    n: Count = key(1024, "Number of points; of a grid along each axis; without meaning for a file.", "points")
    file: str | None = key(
        None, "Path of the CSV file of the points, one column for each axis, relative to the working directory."
    )

    @model_validator(mode="after")
    def _has_its_file(self) -> Self:
        if (self.design == "file") != (self.file is not None):
            raise ValueError("expected file, the path of a CSV file of points, with the design file and no other")
        return self
