"""Sheets: one layer of nodes."""

from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid


class Sheet(Geometry):
    """A sheet in the plane of x and y with fibres along x. Its layers follow each other from x = 0 on."""

    noun, plural, lengths = "a sheet", "sheets", 2

    def grid(self) -> Grid:
        """Return the nodes of the sheet."""
        return box(self.description.size_mm, self.description.spacing_mm, self.description.shares)
