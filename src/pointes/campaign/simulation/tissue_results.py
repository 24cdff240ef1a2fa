"""The outcomes of tissue simulations as columns of samples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import ECG
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.tissue.description import TissueDescription
    from pointes.tissue.simulation import Outcome


def columns(description: "TissueDescription", outcomes: Sequence["Outcome"]) -> dict[str, np.ndarray]:
    """Return the values of outcomes, (n,) each, and the leads of their last beat every 1 ms, (n, n_times) each."""
    from pointes.tissue.simulation import FLAGS

    values = {name: np.array([outcome.values[name] for outcome in outcomes]) for name in outcomes[0].values}
    for name in ("status", "failure", *FLAGS):
        kind = np.int32 if name == "ectopic_origins" else np.int8
        values[name] = values[name].astype(kind)
    count = round(description.end_ms - description.last_beat_ms) + 1
    for k, name in enumerate(leads(description)):
        values[name] = np.full((len(outcomes), count), np.nan, np.float32)
        for row, outcome in zip(values[name], outcomes, strict=True):
            trace = outcome.ecg[outcome.ecg_time_ms >= description.last_beat_ms - 1e-6, k] if outcome.ecg.size else []
            row[: len(trace)] = trace
    return values


def leads(description: "TissueDescription") -> list[str]:
    """Return the names of the columns of electrodes: ``ecg`` of one that has no name, else ``ecg_`` and its name."""
    return [f"{ECG}_{name}" for name in description.electrodes] or [ECG]


def ecg_details(description: "TissueDescription") -> dict[str, dict[str, Any]]:
    """Return unit and meaning of the columns of the electrodes."""
    from pointes.tissue.observers.ecg import UNIT

    comment = "every 1 ms from the begin of the beat"
    details = {"long_name": "pseudo-ECG of the last beat", "units": UNIT, "comment": comment}
    return dict.fromkeys(leads(description), details)


def ecgs(samples: Samples) -> dict[str, Variable]:
    """Return the first lead of samples, and its times."""
    name = next(filter(store.is_lead, samples.columns))
    potential = Variable(("trace", "time_ms"), samples[name], store.attributes(name, samples))
    return {"time_ms": store.lead_times(samples[name]), "ecg": potential}
