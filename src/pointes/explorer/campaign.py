"""Page of a campaign that has learned a class or quantities: what it shows, from the files of the results folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.commands.export import parts_of
from pointes.campaign.files import store
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.surrogate import nothing_learned, read, target_of
from pointes.campaign.space import BLOCK, Space
from pointes.campaign.target import Target
from pointes.drugs import SCORED, read_drug_table
from pointes.drugs.compound import NM_PER_UNIT
from pointes.drugs.risk import LARGEST, SMALLEST
from pointes.drugs.samples import HILL_RANGE
from pointes.drugs.table import CHANNELS
from pointes.explorer.arrays import curves, exact, lower_triangle, rounded
from pointes.explorer.assembly import assemble
from pointes.figures import pseudo_ecg
from pointes.figures.shared import style
from pointes.libraries import xarray
from pointes.netcdf import load_dataset
from pointes.vocabulary import Purpose, class_as_text

MODULES = (
    "arrays",
    "normal",
    "kernels",
    "surrogate",
    "space",
    "compounds",
    "format",
    "curve",
    "map",
    "reading",
    "places",
    "page",
)
"""Modules of the page, each after those that it imports."""

TITLES = {
    "apd90_ms": "APD90",
    "delta_apd90_ms": "Change of APD90",
    "qt_ms": "QT interval",
    "delta_qt_ms": "Change of QT",
    "qnet_uC_per_uF": "qNet",
    "triangulation_ms": "Triangulation",
    "apd90_mean_ms": "Mean APD90",
    "apd90_dispersion_ms": "Dispersion of APD90",
    "conduction_velocity_m_per_s": "Conduction velocity",
    "cat_amp_mM": "Calcium transient",
    "rmp_mV": "Resting potential",
    "qrs_ms": "QRS duration",
}
"""Titles of the biomarkers that are shown first; others follow under their meanings."""

UNITS = {**style.UNITS, **pseudo_ecg.UNITS}
"""Units of netCDF files as the page writes them, where they differ."""

NO_BIOMARKERS = {*store.VARIABLES, "fidelity"}
"""Columns of samples that are no results."""

LARGEST_SURROGATE = 3_500_000
"""Largest size of the surrogate in a page [bytes], which leaves space for everything else."""

TOO_LARGE = "The surrogate is too large for this page, which shows the simulations only; pointes predict evaluates it."

COMPOUND = {
    "channels": list(CHANNELS),
    "nanomolar": NM_PER_UNIT,
    "hill": list(HILL_RANGE),
    "smallest": SMALLEST,
    "largest": LARGEST,
}
"""What a compound may be that is typed in, as for `pointes drug`."""


def render(
    name: str,
    units: Mapping[str, str],
    surrogate: Path,
    simulations: Path,
    recordings: Path,
    drugs: Path | None = None,
    table: Path | None = None,
) -> str:
    """Return the page of a campaign.

    Parameters
    ----------
    name
        Name of the campaign.
    units
        Units of the learned quantities by their names.
    surrogate, simulations, recordings
        Files of these names in its results folder.
    drugs, table
        File ``drugs.nc``, and the drug table, of campaigns that place drugs.
    """
    learned, space = read(surrogate)
    target, nothing = target_of(surrogate), nothing_learned(surrogate)
    samples = store.read(simulations)
    of_map = samples.high_fidelity.explored
    data = {
        "name": name,
        "introduction": introduce(samples),
        "axes": describe_axes(space),
        "classes": [class_as_text(one) for one in target.classes] if target.is_class else [],
        "quantities": [] if target.is_class else describe_quantities(target, units),
        "warning": f"Nothing was learned, because {nothing}." if nothing else "",
        "parts": {} if nothing else {part: _encoded(arrays) for part, arrays in parts_of(learned, target).items()},
        "samples": describe_samples(of_map),
        "recordings": describe_recordings(load_dataset(recordings), of_map),
        "drugs": describe_drugs(load_dataset(drugs), table, space) if drugs and table else None,
        "compound": COMPOUND if space.blocks else None,
    }
    if len(json.dumps(data["parts"])) > LARGEST_SURROGATE:
        data |= {"parts": {}, "warning": TOO_LARGE}
    return assemble("page.html", MODULES, data)


def introduce(samples: Samples) -> str:
    """Return a sentence on what was simulated, and how often."""
    return f"Simulated: {samples.attributes.get('source', '')}. Learned from {len(samples)} simulations."


def describe_axes(space: Space) -> list[dict[str, Any]]:
    """Return the axes of a space: their names, meanings, units, ranges, and where maps hold them."""
    return [
        {
            "name": name,
            "title": axis.long_name(name),
            "unit": "" if axis.units == "1" else UNITS.get(axis.units, axis.units),
            "isBlock": axis.kind == BLOCK,
            "low": axis.low,
            "high": axis.high,
            "log": axis.log,
            "held": float(held),
        }
        for (name, axis), held in zip(space.items(), space.reference, strict=True)
    ]


def describe_quantities(target: Target, units: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the names, titles and units of the learned quantities."""
    return [
        {"name": one, "title": TITLES.get(one, one), "unit": UNITS.get(units[one], units[one])}
        for one in target.results
    ]


def describe_samples(samples: Samples) -> dict[str, Any]:
    """Return the simulated points of the map: their labels, purposes and biomarkers."""
    names = [name for name in samples.columns if name in TITLES]
    names = sorted(names, key=list(TITLES).index)
    names += [name for name in samples.columns if _is_biomarker(name, samples) and name not in names]
    return {
        "id": samples["sample_id"].tolist(),
        "points": exact(samples.points),
        "label": samples["label"].tolist(),
        "purpose": [Purpose(one).name.lower() for one in samples["purpose"].tolist()],
        "biomarkers": [
            {
                "title": TITLES.get(name) or str(store.attributes(name, samples).get("long_name", name)),
                "first": name in TITLES,
                "unit": _unit(store.attributes(name, samples)),
                "values": rounded(np.asarray(samples[name], float)),
            }
            for name in names
        ],
    }


def _is_biomarker(name: str, samples: Samples) -> bool:
    column = samples[name]
    known = name in samples.space or name in NO_BIOMARKERS or name.startswith("predicted_risk")
    return not known and column.ndim == 1 and column.dtype.kind == "f"


def _unit(attributes: Mapping[str, Any]) -> str:
    unit = str(attributes.get("units", ""))
    return "" if unit == "1" else UNITS.get(unit, unit)


def describe_recordings(recordings: "xarray.Dataset", samples: Samples) -> dict[str, Any]:
    """Return the curve of each simulated point, by its row among the samples, its title and its unit."""
    (name,) = (str(one) for one in recordings.data_vars if recordings[one].dims == ("sample", "time_ms"))
    row = {number: k for k, number in enumerate(samples["sample_id"].tolist())}
    return {
        "title": str(recordings[name].attrs["long_name"]),
        "unit": _unit(recordings[name].attrs),
        "isPotential": name == "v_mV",
        "row": [row[number] for number in recordings["sample_id"].values.tolist()],
        "time": rounded(recordings["time_ms"].values),
        "curves": curves(recordings[name].values),
    }


def describe_drugs(placed: "xarray.Dataset", table: Path, space: Space) -> dict[str, Any]:
    """Return the drugs of a table: category, Cmax, Hill parameters of the axes, and critical multiples."""
    of_table = read_drug_table(table, space.blocks, SCORED).select(space.blocks)
    ic50_nM, hill = of_table.point_estimate()
    meanings = str(placed["critical_multiple_status"].attrs["flag_meanings"]).split()

    def status(name: str) -> list[str]:
        return [meanings[value] for value in placed[f"{name}_status"].values.tolist()]

    bounds = ("critical_multiple", "critical_multiple_low", "critical_multiple_high")
    return {
        "channels": space.blocks,
        "name": list(of_table.names),
        "category": list(of_table.risk),
        "cmax": of_table.cmax_nM.tolist(),
        "ic50": [rounded(row, 17) for row in ic50_nM],
        "hill": [rounded(row, 17) for row in hill],
        "critical": [{"value": rounded(placed[name].values), "status": status(name)} for name in bounds],
        "note": str(placed.attrs.get("drug_table", "")),
    }


def _encoded(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the arrays of a part of a surrogate; single numbers stay numbers."""
    return {
        name: lower_triangle(array) if name == "factor" else exact(array) if np.ndim(array) else float(array)
        for name, array in arrays.items()
    }
