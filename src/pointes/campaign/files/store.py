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
from pointes.campaign.space import BLOCK, VALUE, Axis, Space
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
    "arrhythmic",
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
    """Return the attributes of the column of fidelities; ``scales`` begin with the low one."""
    return {"fidelity": {"long_name": "scale that was simulated", **flags(scales)}}


def method_details() -> dict[str, dict[str, Any]]:
    """Return the attributes of the columns with the predictions of each classifier of the high fidelity."""
    return {
        predicted_by(method): {"long_name": f"risk at a stream point by the {method} classifier", "units": "1"}
        for method in METHODS
    }


def attributes(name: str, samples: Samples) -> Mapping[str, Any]:
    """Return the attributes of a column."""
    if name in samples.space:
        return sample_attributes(name, samples.space[name])
    details = samples.details.get(name, {})
    is_class = name == "label" and "flag_meanings" in details  # another class than that of arrhythmia
    return details if is_class else VARIABLES.get(name) or details


def axis_attributes(name: str, axis: Axis) -> dict[str, Any]:
    """Return the attributes of the values of an axis: what they are, and their unit if it is known.

    Axes that are no linear blocks have their kind, their scale and the value of the control, too.
    """
    attributes: dict[str, Any] = {"long_name": axis.long_name(name)}
    if axis.units:
        attributes["units"] = axis.units
    if axis not in (Axis(axis.low, axis.high), Axis(axis.low, axis.high, VALUE, units="")):
        scale = "logarithmic" if axis.log else "linear"
        attributes |= {"axis_kind": axis.kind, "axis_scale": scale, "control_value": axis.control}
    return attributes


def sample_attributes(name: str, axis: Axis) -> dict[str, Any]:
    """Return the attributes of an axis's column of samples, from which `read` makes the axis again."""
    attributes = axis_attributes(name, axis)
    if axis.kind == BLOCK:
        # The control may lie outside the range that is explored, and is valid there
        attributes |= {"valid_min": min(axis.low, 0.0), "valid_max": axis.high}
    return attributes | {"explored_range": [axis.low, axis.high]}


def write(path: Path | str, samples: Samples) -> None:
    """Write samples to a netCDF4 file with the dimension ``sample``, and ``time_ms`` of ECGs, every 1 ms."""
    write_parts(path, [samples], len(samples))


def write_parts(path: Path | str, parts: Iterable[Samples], size: int) -> None:
    """Write so many samples as `write` does, where they come in parts; the global attributes are those of the first."""
    others = iter(parts)
    first = next(others)
    variables = (_variables(part) for part in chain([first], others))
    title = {"title": "Points of a campaign", "parameters": " ".join(first.space)}
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
        space = Space({name: _axis(file[name]) for name in attributes.pop("parameters").split()})
        details = {
            name: {key: variable.getncattr(key) for key in variable.ncattrs() if key not in ("_FillValue", "_Encoding")}
            for name, variable in file.variables.items()
            if name in columns and name not in space and (name not in VARIABLES or _is_other_class(name, variable))
        }
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("columns of unequal length")
        if not all(np.issubdtype(columns[name].dtype, np.floating) for name in space):
            raise ValueError("parameters that are no numbers")
    return Samples(columns, space, details, attributes)


def _is_other_class(name: str, variable: "netCDF4.Variable[Any]") -> bool:
    """Return whether a variable is the label of a class other than that of arrhythmia."""
    return name == "label" and getattr(variable, "flag_meanings", None) != VARIABLES["label"]["flag_meanings"]


def _axis(parameter: "netCDF4.Variable[Any]") -> Axis:
    """Return the axis of a parameter; files of format 1 have its range as the valid one."""
    found = {name: parameter.getncattr(name) for name in parameter.ncattrs()}
    low, high = map(float, found.get("explored_range", (found.get("valid_min"), found.get("valid_max"))))
    units = str(found.get("units", ""))
    kind = str(found.get("axis_kind", BLOCK if units else VALUE))
    return Axis(low, high, kind, found.get("axis_scale") == "logarithmic", units, float(found.get("control_value", 0)))


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
