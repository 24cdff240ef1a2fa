"""Cell models compiled to SIMD kernels, and populations paced with them."""

from pointes.cells.biomarkers import BIOMARKERS
from pointes.cells.model import CellModel, describe, load, names
from pointes.cells.multistep import LANES
from pointes.cells.pacing import pace, stream, trace
from pointes.cells.rest import cannot_repolarise, is_not_excited
from pointes.status import FAILURE, STATUS

__all__ = [
    "BIOMARKERS",
    "FAILURE",
    "LANES",
    "STATUS",
    "CellModel",
    "cannot_repolarise",
    "describe",
    "is_not_excited",
    "load",
    "names",
    "pace",
    "stream",
    "trace",
]
