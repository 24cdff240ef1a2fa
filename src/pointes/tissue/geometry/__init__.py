"""Geometry of tissue: the geometries that ``simulation.scale`` can name, their grids of nodes, and parts of these.

A geometry is one class in one module, a subclass of `pointes.tissue.geometry.base.Geometry`.
"""

from typing import TYPE_CHECKING

from pointes.registry import Registry

if TYPE_CHECKING:
    from pointes.tissue.geometry.base import Geometry

GEOMETRIES: Registry[type["Geometry"]] = Registry(
    "scale",
    "pointes.geometries",
    {
        "cable": "pointes.tissue.geometry.cable:Cable",
        "sheet": "pointes.tissue.geometry.sheet:Sheet",
        "slab": "pointes.tissue.geometry.slab:Slab",
        "ventricles": "pointes.tissue.geometry.ventricles:Ventricles",
        "image": "pointes.tissue.geometry.image:Image",
    },
)
"""Geometries by name; other packages add theirs by entry points of the group ``pointes.geometries``."""
