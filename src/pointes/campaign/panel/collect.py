"""The file of a scenario: results of all compounds along drug, dose and sample."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pointes.campaign.files.results import variable
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import OPTIONAL_FLAGS, VARIABLES
from pointes.campaign.panel.points import Compound
from pointes.cells import BIOMARKERS
from pointes.netcdf import Variable
from pointes.vocabulary import Purpose

ALONG = ("drug", "dose", "sample")


def panel_variables(
    compounds: Sequence[Compound],
    doses: Sequence[float],
    simulated: Sequence[Samples],
    factors: Mapping[str, np.ndarray],
) -> dict[str, Variable]:
    """Return the variables of a scenario's file from the simulated points of each compound (`panel_points`).

    Biomarkers are missing where a simulation failed; its reason is in ``failure``. ``factors`` of conductances of the
    cells of a population, (n_samples,) each by current, become variables ``factor_<current>``.
    """
    shape = (len(compounds), len(doses), (len(simulated[0]) - 1) // len(doses))
    treated = [samples.where(samples["purpose"] != Purpose.CONTROL) for samples in simulated]
    variables = {
        "drug": variable(
            ("drug",), np.array([compound.name for compound in compounds]), "drug or combination of drugs"
        ),
        "dose": variable(("dose",), np.array(doses, float), "concentration as a multiple of free Cmax", "1"),
        "sample": variable(("sample",), np.arange(shape[2], dtype=np.int32), "number of the joint sample"),
        "category": variable(("drug",), np.array([one.category for one in compounds]), "published risk category"),
        "cmax": variable(
            ("drug",),
            np.array([sum(one.cmax_nM.values()) for one in compounds]),
            "free concentration at a dose of 1, of all drugs of a combination together",
            "nmol L-1",
        ),
    }
    for current, column in factors.items():
        meaning = f"factor of the conductance of {current} in the cell of the sample"
        variables[f"factor_{current}"] = variable(("sample",), column, meaning, "1")
    for name in BIOMARKERS:
        values = np.concatenate([samples[name] for samples in treated]).reshape(shape)
        fill_value = values.dtype.type(-1) if name in OPTIONAL_FLAGS else None
        variables[name] = Variable(ALONG, values, _attributes(name), fill_value)
    return variables


def panel_attributes(
    scenario: Mapping[str, Any], compounds: Sequence[Compound], simulated: Sequence[Samples]
) -> dict[str, Any]:
    """Return the global attributes of a scenario's file: its settings, its compounds, the control's biomarkers."""
    first = simulated[0]
    control = first.where(first["purpose"] == Purpose.CONTROL)
    of_control = {f"control_{name}": control[name][0] for name in BIOMARKERS if np.isfinite(control[name][0])}
    return {
        "title": "Panel of drugs",
        "scenario": json.dumps(dict(scenario)),
        "compounds": json.dumps({one.name: dict(one.cmax_nM) for one in compounds}),
        **of_control,
    }


def _attributes(name: str) -> Mapping[str, Any]:
    unit, meaning = BIOMARKERS[name]
    return VARIABLES.get(name) or {"long_name": meaning, "units": unit}
