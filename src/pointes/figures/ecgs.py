"""Pseudo-ECGs on either side of the boundary: what the map's two classes look like in a tissue."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from pointes.figures import style
from pointes.figures.action_potentials import pairs_and_places
from pointes.figures.pseudo_ecg import UNITS

if TYPE_CHECKING:
    import xarray as xr


@style.styled
def draw(traces: "xr.Dataset", risk_map: "xr.Dataset") -> Figure:
    """Draw one panel per pair of tissues just below and just above the boundary, and where on the map they are.

    Parameters
    ----------
    traces
        ``ecg`` over ``trace`` and ``time`` [ms]; else as in `pointes.figures.action_potentials.draw`.
    risk_map
        The map over the first two parameters.
    """
    units = traces["ecg"].attrs["units"]
    return pairs_and_places(traces, risk_map, "ecg", f"pseudo-ECG ({UNITS.get(units, units)})")
