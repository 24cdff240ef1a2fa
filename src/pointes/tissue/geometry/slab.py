"""Slabs: boxes of nodes."""

from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid


class Slab(Geometry):
    """A box, or a transmural wedge if it has layers or fibre angles, which change from x = 0 on."""

    noun, plural, lengths = "a slab", "slabs", 3

    def grid(self) -> Grid:
        """Return the nodes of the slab."""
        description = self.description
        return box(description.size_mm, description.spacing_mm, description.shares, description.fibre_angles_deg)
