"""Finished campaigns with one iteration, made without Snakemake."""

from functools import partial
from pathlib import Path

import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.exploration import explored
from pointes.campaign.files import checksums, store
from pointes.campaign.files.identity import claim
from pointes.campaign.files.samples import concatenate
from pointes.campaign.prepare import Campaign, model_fingerprint
from pointes.campaign.settings import Sampling
from pointes.campaign.steps.collect import collect
from pointes.campaign.steps.learning import first_samples, replay_history

CELLS = {
    "name": "cells",
    "model": {"name": "tentusscher-2006", "celltype": "epi"},
    "protocol": {"cycle_length": 500, "beats": 2, "label_beats": 1},
    "learning": {"start": 8, "batch": 4, "max_simulations": 13},
    "drugs": None,
}
TISSUE = {"size": [2], "spacing": 0.25, "beats": 1, "time_step": 0.1}
BOTH = {
    **CELLS,
    "name": "both",
    "simulation": {"scale": "cable", "tissue": TISSUE},
    "learning": {"fidelities": ["cell", "cable"], "start": 4, "batch": 4, "max_simulations": 40},
}


def finished(folder: Path, values: dict) -> Path:
    """Return the results, in a folder, of a campaign that ended after its start."""
    config = parse(values, "test")
    space, roles = explored(config, "test")
    campaign = Campaign(config, model_fingerprint(config, "test"), folder / config.name, space, roles)
    claim(campaign.folder, config, campaign.fingerprint).release()
    learner = replay_history([], space, Sampling.of(config))
    samples = first_samples(learner, [], config.learning.points_at_start)
    parts = []
    for value, simulator in enumerate(campaign.simulators.values()):
        part = samples.where(samples["fidelity"] == value) if samples.has_fidelities else samples
        results = simulator.run(part.points, list(space))
        details = {**part.details, **simulator.details()}
        parts.append(type(part)({**part.columns, **results}, space, details))
    started = campaign.folder / "started.nc"
    store.write(started, concatenate(parts))
    simulations = campaign.folder / "simulations.nc"
    store.write(simulations, collect([started], config.meaning, campaign.fingerprint))
    checksums.write_inputs(campaign.folder / checksums.INPUTS, {})
    checksums.write_sums(campaign.folder / checksums.SUMS, [simulations, campaign.folder / checksums.INPUTS])
    return campaign.folder


@pytest.fixture
def finish(tmp_path):
    """Returns a function that makes the results of a campaign that ended after its start."""
    return partial(finished, tmp_path)
