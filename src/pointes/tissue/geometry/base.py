"""The base class of geometries, which make a grid of nodes from the description of a tissue."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pointes.errors import UserError
from pointes.tissue.geometry.grid import AXES, Grid

if TYPE_CHECKING:
    from pointes.tissue.description import TissueDescription


class Geometry(ABC):
    """A geometry of tissue. A subclass must define `noun`, `plural` and `grid`.

    Parameters
    ----------
    description
        Description of the tissue, whose `scale` is the name of this geometry.

    Attributes
    ----------
    noun, plural
        One tissue of this geometry, with the article, and several of them: ``"a cable"``, ``"cables"``.
    lengths
        Number of lengths that give the size, along x, y and z.
    default_layers
        Share of the thickness of each layer, for descriptions with neither layers nor a cell type; empty: no layers.
    cheap_to_build
        Whether such a tissue is built within seconds. If so, processes warm up with one step of it.
    """

    noun: ClassVar[str]
    plural: ClassVar[str]
    lengths: ClassVar[int] = 0
    default_layers: ClassVar[Mapping[str, float]] = MappingProxyType({})
    cheap_to_build: ClassVar[bool] = True

    def __init__(self, description: "TissueDescription") -> None:
        self.description = description

    @abstractmethod
    def grid(self) -> Grid:
        """Return the nodes of the tissue."""

    def check(self) -> None:
        """Raise a UserError if the description does not fit this geometry. The grid need not be built for this."""
        size, image = self.description.size_mm, self.description.image
        if len(size) != self.lengths:
            axes = f", along {', '.join(AXES[: self.lengths])}" if self.lengths else ""
            lengths = f"{self.lengths or 'no'} length{'' if self.lengths == 1 else 's'}"
            raise UserError("size_mm", size, f"{lengths} for {self.noun}{axes}")
        if image is not None:
            raise UserError("image", image.file, f"none for {self.noun}")

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, which are those of their cell types; none: all cells are of one type."""
        return tuple(self.description.shares or ())

    @property
    def box(self) -> tuple[int, int, int] | None:
        """Number of nodes along z, y and x of a full box; None: the number of nodes is known when the grid is built."""
        spacing = self.description.spacing_mm
        counts = [round(length / spacing) + 1 for length in reversed(self.description.size_mm)]
        nz, ny, nx = [1] * (3 - len(counts)) + counts
        return (nz, ny, nx) if self.lengths else None

    @property
    def velocity_path(self) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
        """Two points [mm] between which conduction velocity is measured; None: the median over all nodes."""
        return None

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Parts of the fingerprint of simulations for what is not in the description, such as the content of a file."""
        return ()
