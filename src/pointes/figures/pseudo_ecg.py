"""Pseudo-ECG of a tissue with its intervals."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray


class Lead(NamedTuple):
    """Lead of one electrode: times since the beat began [ms], potential, times of marks [ms], and text of intervals."""

    name: str
    time_ms: np.ndarray
    potential: np.ndarray
    marks: dict[str, float]
    text: str


UNITS = {"mV mm2 ms-1": "mV mm²/ms"}
MARKS = {
    "QRS onset": style.Look("QRS onset", style.BLACK, ">"),
    "QRS end": style.Look("QRS end", style.BLACK, "<"),
    "T peak": style.Look("T peak", style.VERMILLION, "o"),
    "T end": style.Look("T end", style.BLUE, "s"),
}


def summarise(run: "xarray.Dataset") -> list[Lead]:
    """Return the leads of one beat, each with those marks that could be measured."""
    start, end = float(run.attrs.get("start_ms", 0.0)), float(run.attrs.get("end_ms", np.inf))
    beat = run.sel(time_ms=slice(start, end))
    leads = []
    for electrode in beat["electrode"].values:
        lead = beat.sel(electrode=electrode)
        onset, duration = float(lead["qrs_onset_ms"]), float(lead["qrs_ms"])
        marks = {"QRS onset": onset, "QRS end": onset + duration}
        marks |= {"T peak": float(lead["t_peak_ms"]), "T end": float(lead["t_end_ms"])}
        intervals = {"QRS": duration, "QT": float(lead["qt_ms"]), "T-peak–T-end": float(lead["tpeak_tend_ms"])}
        texts = (f"{name} {ms:.0f} ms" if np.isfinite(ms) else f"no {name}" for name, ms in intervals.items())
        shown = {mark: ms for mark, ms in marks.items() if np.isfinite(ms)}
        times, potential = lead["time_ms"].values - start, lead["potential"].values
        leads.append(Lead(str(electrode), times, potential, shown, ", ".join(texts)))
    return leads


@style.styled
def draw(run: "xarray.Dataset") -> Figure:
    """Draw one panel per electrode, with marks at the ends of the intervals.

    The potential is that in an unbounded uniform conductor, up to a factor: shapes and times can be compared with an
    electrocardiogram, heights cannot.

    ``run`` has ``potential`` over ``electrode`` and ``time_ms``, and the intervals of `pointes.tissue.observers.ecg`
    over ``electrode``. Its attributes ``start_ms`` and ``end_ms`` bound the beat that is shown.
    """
    leads = summarise(run)
    figure = style.new_figure("single", 42 * len(leads) + 15)
    panels = figure.subplots(len(leads), 1, sharex=True, squeeze=False)[:, 0]
    for axes, lead in zip(panels, leads, strict=True):
        _draw_lead(axes, lead, str(run["potential"].attrs["units"]))
    panels[-1].set_xlabel("time since the stimulus (ms)")
    found = {name for lead in leads for name in lead.marks}
    entries = [style.marker_entry(look.marker, look.colour, name) for name, look in MARKS.items() if name in found]
    if entries:
        figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))
    return figure


def _draw_lead(axes: Axes, lead: Lead, units: str) -> None:
    axes.axhline(lead.potential[0], color=style.GREY, linewidth=0.5)
    axes.plot(lead.time_ms, lead.potential, color=style.BLACK, linewidth=1.0)
    for name, time in lead.marks.items():
        look = MARKS[name]
        height = np.interp(time, lead.time_ms, lead.potential) if name == "T peak" else lead.potential[0]
        axes.plot(time, height, look.marker, color=look.colour, markeredgecolor="white", zorder=3, clip_on=False)
    axes.set_title(f"{lead.name}: {lead.text}")
    axes.set(ylabel=f"potential\n({UNITS.get(units, units)})", xlim=(lead.time_ms[0], lead.time_ms[-1]))
