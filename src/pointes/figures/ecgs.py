"""Pseudo-ECGs of pairs of tissues on either side of the boundary."""

from matplotlib.figure import Figure

from pointes.figures.action_potentials import draw_pairs
from pointes.figures.pseudo_ecg import UNITS
from pointes.figures.shared import style
from pointes.libraries import xarray


@style.styled
def draw(traces: "xarray.Dataset", risk_map: "xarray.Dataset") -> Figure:
    """Draw one panel per pair of a safe and an arrhythmic tissue, and their places on the map.

    ``traces`` has ``ecg`` over ``trace`` and ``time_ms``, with ``label`` and the parameters of each trace. The map is
    over the first two of them.
    """
    units = traces["ecg"].attrs["units"]
    return draw_pairs(traces, risk_map, "ecg", f"pseudo-ECG ({UNITS.get(units, units)})")
