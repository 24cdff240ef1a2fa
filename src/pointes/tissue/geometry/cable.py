"""Cables: one row of nodes."""

from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid


class Cable(Geometry):
    """A cable along x. Its layers follow each other from x = 0 on."""

    noun, plural, lengths = "a cable", "cables", 1

    def grid(self) -> Grid:
        """Return the nodes of the cable."""
        return box(self.description.size_mm, self.description.spacing_mm, self.description.shares)

    @property
    def velocity_path(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Points at 25 and 75 % of the length [mm]."""
        length = self.description.size_mm[0]
        return (0.25 * length, 0.0, 0.0), (0.75 * length, 0.0, 0.0)
