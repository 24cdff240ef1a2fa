"""Samples as netCDF4 files with CF attributes, readable by xarray and ``ncdump`` alone."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes import netcdf
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.files.identity import read as read_record
from pointes.campaign.files.provenance import origin_of
from pointes.campaign.files.samples import Samples
from pointes.errors import UserError
from pointes.netcdf import Variable
from pointes.vocabulary import DESIGNS, METHODS, Failure, Purpose, Status, meanings

if TYPE_CHECKING:
    import netCDF4
    import xarray


ECG = "ecg"
"""Beginning of the names of columns that hold the leads of pseudo-ECGs, (n, n_times) each."""

SINCE_STIMULUS = {"long_name": "time since the last stimulus", "units": "ms"}


def flags(names: Sequence[str]) -> dict[str, Any]:
    """Return the attributes of a variable whose values 0, 1, ... have these meanings."""
    return {"flag_values": np.arange(len(names), dtype="i1"), "flag_meanings": " ".join(names)}


VARIABLES: dict[str, dict[str, Any]] = {
    "sample_id": {"long_name": "number of the sample in the campaign"},
    "iteration": {"long_name": "iteration that chose the sample"},
    "purpose": {"long_name": "why the sample was chosen", **flags(meanings(Purpose))},
    "predicted_risk": {"long_name": "probability of arrhythmia, predicted before the simulation", "units": "1"},
    "label": {"long_name": "whether the cell or tissue is arrhythmic", **flags(("safe", "arrhythmic"))},
    "status": {"long_name": "what became of the simulation", **flags(meanings(Status))},
    "failure": {"long_name": "why the simulation failed", **flags(meanings(Failure))},
    "key": {"long_name": "hash of the point, the model and the protocol"},
    "design": {
        "long_name": "which way of choosing points the sample belongs to",
        **flags((*DESIGNS, "reference", "control")),
    },
    "repeat": {"long_name": "number of the set of points"},
}
"""Attributes of the variables that are neither a parameter nor a biomarker; those of others are in the samples."""


OPTIONAL_FLAGS = (
    "label",
    "failure",
    "ead",
    "repolarisation_failure",
    "capture_failure",
    "ectopic_origins",
    "sustained_reentry",
    "propagation_failure",
)
"""Integer variables stored as -1 where the simulation failed, was lost or ran at another scale.

``failure`` is -1 where the simulation comes from an older file, which does not hold it.
"""


def is_lead(name: str) -> bool:
    """Return whether a column holds a lead of pseudo-ECGs."""
    return name.partition("_")[0] == ECG


def lead_times(lead: np.ndarray) -> Variable:
    """Return the times of the values of leads, (n, n_times), every 1 ms."""
    return Variable(("time_ms",), np.arange(float(lead.shape[1])), SINCE_STIMULUS)


def predicted_by(method: str) -> str:
    """Return the name of the column of risks that a method of `METHODS` predicted for stream points."""
    return f"predicted_risk_{method}"


def fidelity_details(scales: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the attributes of the columns that only two-fidelity campaigns have; ``scales`` begin with the low one."""
    predicted = {
        predicted_by(method): {"long_name": f"risk at a stream point by the {method} classifier", "units": "1"}
        for method in METHODS
    }
    return {"fidelity": {"long_name": "scale that was simulated", **flags(scales)}, **predicted}


def attributes(name: str, samples: Samples) -> Mapping[str, Any]:
    """Return the attributes of a column."""
    if name in samples.ranges:
        low, high = samples.ranges[name]
        if "." in name:
            return {"long_name": f"value of {name} in the units of the model file", "explored_range": [low, high]}
        # The control may lie outside the range that is explored, and is valid there
        return {
            "long_name": f"block of {name}",
            "units": "1",
            "valid_min": min(low, 0.0),
            "valid_max": high,
            "explored_range": [low, high],
        }
    return VARIABLES.get(name) or samples.details.get(name, {})


def write(path: Path | str, samples: Samples) -> None:
    """Write samples to a netCDF4 file with the dimension ``sample``, and ``time_ms`` of ECGs, every 1 ms."""
    write_parts(path, [samples], len(samples))


def write_parts(path: Path | str, parts: Iterable[Samples], size: int) -> None:
    """Write so many samples as `write` does, where they come in parts; the global attributes are those of the first."""
    others = iter(parts)
    first = next(others)
    variables = (_variables(part) for part in chain([first], others))
    title = {"title": "Points of a campaign", "parameters": " ".join(first.ranges)}
    netcdf.write_parts(path, variables, "sample", size, origin_of(path) | title | dict(first.attributes))


def _variables(samples: Samples) -> dict[str, Variable]:
    variables = {
        name: Variable(
            ("sample", "time_ms") if is_lead(name) else ("sample",),
            column,
            attributes(name, samples),
            column.dtype.type(-1) if name in OPTIONAL_FLAGS else None,
        )
        for name, column in samples.columns.items()
    }
    leads = [column for name, column in samples.columns.items() if is_lead(name)]
    return variables | ({"time_ms": lead_times(leads[0])} if leads else {})


def read(path: Path | str) -> Samples:
    """Read the samples of a file written by `write`; missing values stay as they are stored."""
    with netcdf.reading(path) as file:
        attributes = {name: file.getncattr(name) for name in file.ncattrs()}
        columns = {name: variable[:] for name, variable in file.variables.items() if name != "time_ms"}
        ranges = {name: _explored(file[name]) for name in attributes.pop("parameters").split()}
        details = {
            name: {key: variable.getncattr(key) for key in variable.ncattrs() if key not in ("_FillValue", "_Encoding")}
            for name, variable in file.variables.items()
            if name in columns and name not in VARIABLES and name not in ranges
        }
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("columns of unequal length")
        if not all(np.issubdtype(columns[name].dtype, np.floating) for name in ranges):
            raise ValueError("parameters that are no numbers")
    return Samples(columns, ranges, details, attributes)


def _explored(parameter: "netCDF4.Variable[Any]") -> tuple[float, float]:
    """Return the range of a parameter; files of format 1 have it as the valid range."""
    is_named = "explored_range" in parameter.ncattrs()
    low, high = parameter.explored_range if is_named else (parameter.valid_min, parameter.valid_max)
    return float(low), float(high)


def open_campaign(path: Path | str) -> "xarray.Dataset":
    """Open the simulations of a finished campaign.

    Parameters
    ----------
    path
        Results folder, ``results/<name>``.

    Returns
    -------
    xarray.Dataset
        Simulations along ``sample``: the parameters, ``label``, ``status``, the margin and the biomarkers, each with
        its unit; the configuration, versions and seed are global attributes. Of a panel campaign it is the first
        scenario, along ``drug``, ``dose`` and ``sample``.

    Raises
    ------
    UserError
        The folder is no results folder, the campaign has not finished, or the file cannot be read or is damaged.
    """
    folder = Path(path)
    record = read_record(folder)
    name = "simulations.nc"
    if is_panel(record["config"]):
        name = f"scenarios/{next(iter(record['config']['panel']['scenarios']))}/panel.nc"
    if not (folder / name).is_file():
        raise UserError(f"no {name} yet; let `snakemake` finish this campaign first", where=folder)
    return netcdf.load_dataset(folder / name)
