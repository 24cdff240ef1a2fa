"""Small campaigns and a panel of paced cells, made by the functions that the rules call, for tests of their pages."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from pointes import cells, drugs, netcdf
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.results import read_result, variable
from pointes.campaign.files.samples import make
from pointes.campaign.panel.classification import flips, read_metric, reference_rows
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Axis, Space
from pointes.campaign.steps.drugs import place_drugs, write_drugs
from pointes.campaign.steps.recordings import write_recordings
from pointes.explorer import campaign, panel
from pointes.files import write_csv
from pointes.learning import (
    FidelityRegressionLearner,
    GaussianProcessClassifier,
    RegressionLearner,
    StackedClassifier,
    TwoFidelityClassifier,
)
from pointes.netcdf import Variable
from pointes.vocabulary import Fidelity, Purpose

TABLE = Path(__file__).parents[1] / "config/drugs/cipa28.csv"
BLOCKS = Space.of({"IKr": (0, 1), "ICaL": (0, 1), "INaL": (0, 1)})
RHYTHMS = Space.of(
    {"cycle_length": Axis(500.0, 2000.0, "value", log=True, units="ms", control=2000.0), "IKr": Axis(0.0, 0.9)}
)
UNITS = {"apd90_ms": "ms", "qnet_uC_per_uF": "uC uF-1"}
SIMULATED = 48


class Made(NamedTuple):
    """A page, and what it is made of."""

    page: Path
    learned: Any
    space: Space
    files: dict[str, Path]


def paced(points, space):
    """Return the simulator of cells, and the samples that it makes of points in a space."""
    fingerprint = cells.load("ohara-2011", celltype="mid").fingerprint
    simulator = CellSimulator("ohara-2011", "mid", fingerprint, 2000.0, 4, 2, 1.2e-4)
    count = len(points)
    columns = {
        "sample_id": np.arange(count),
        "iteration": np.zeros(count, np.int16),
        "purpose": np.array([Purpose.CONTROL, *[Purpose.START] * (count - 1)], np.int8),
        "predicted_risk": np.full(count, np.nan),
        **simulator.run(points, list(space)),
    }
    samples = make(points, space, **columns)
    return simulator, samples.__class__(samples.columns, space, simulator.details(), {"source": "paced cells"})


def points_of(space, count, seed=1):
    """Return the control, and points that are spread over a space."""
    return np.vstack([space.control, space.at(np.random.default_rng(seed).random((count - 1, len(space))))])


def make_class(folder, kind="one fidelity", name="blocks"):
    """Make the page of a campaign that has learned arrhythmia over block of three currents."""
    simulator, samples = paced(points_of(BLOCKS, SIMULATED), BLOCKS)
    labels, x = samples["label"], samples.coordinates
    learned = {
        "one fidelity": lambda: GaussianProcessClassifier.fit(x, labels, BLOCKS.bounds),
        "stacked": lambda: StackedClassifier.fit(
            GaussianProcessClassifier.fit(x, x[:, 0] - 0.5 * x[:, 1] > 0.5, BLOCKS.bounds), x[::2], labels[::2]
        ),
        "two fidelities": lambda: TwoFidelityClassifier.fit(x[:36], labels[:36], np.arange(36) % 2, BLOCKS.bounds),
    }[kind]()
    files = {"surrogate": folder / "surrogate.nc", "drugs": folder / "drugs.nc", "table": TABLE}
    surrogate.write(files["surrogate"], learned, BLOCKS)
    predict = surrogate.predictor(learned, BLOCKS)
    placed = place_drugs(TABLE, predict, BLOCKS, (1.0, 4.0), largest=1000.0, draws=5, seed=1)
    write_drugs(files["drugs"], *placed, BLOCKS)
    return _written(folder, name, {}, learned, samples, simulator, files)


def make_quantities(folder):
    """Make the page of a campaign that has learned APD90 and qNet over cycle length and block of IKr."""
    learner = RegressionLearner(RHYTHMS.bounds, outputs=2, start=SIMULATED, seed=1)
    points = RHYTHMS.points(learner.ask(SIMULATED - 1).points)
    simulator, samples = paced(np.vstack([RHYTHMS.control, points]), RHYTHMS)
    values = np.column_stack([samples[name] for name in UNITS])[1:]
    regular = (samples["label"][1:] == 0) & np.isfinite(values).all(axis=1)
    learner.tell(RHYTHMS.coordinates(points), values, regular=regular)
    assert 5 < regular.sum() < SIMULATED - 3
    files = {"surrogate": folder / "surrogate.nc"}
    surrogate.write(files["surrogate"], learner.surrogate, RHYTHMS, target=tuple(UNITS))
    return _written(folder, "rhythms", UNITS, learner.surrogate, samples, simulator, files)


def make_two_fidelities(folder):
    """Make the page of `make_quantities` with cells of two beats as the low fidelity of those of four."""
    learner = FidelityRegressionLearner(RHYTHMS.bounds, outputs=2, start=(SIMULATED, 16), seed=1)
    proposal = learner.ask(SIMULATED + 16)
    points, is_high = RHYTHMS.points(proposal.points), proposal.fidelity == Fidelity.HIGH
    simulator, samples = paced(np.vstack([RHYTHMS.control, points]), RHYTHMS)
    short = replace(simulator, beats=2).run(points, list(RHYTHMS))
    values = np.column_stack([np.where(is_high, samples[name][1:], short[name]) for name in UNITS])
    regular = (np.where(is_high, samples["label"][1:], short["label"]) == 0) & np.isfinite(values).all(axis=1)
    learner.tell(proposal.points, values, proposal.fidelity, np.ones(len(points)), regular=regular)
    assert learner.surrogate.region is not None
    files = {"surrogate": folder / "surrogate.nc"}
    surrogate.write(files["surrogate"], learner.surrogate, RHYTHMS, target=tuple(UNITS))
    return _written(folder, "rhythms", UNITS, learner.surrogate, samples, simulator, files)


def _written(folder, name, units, learned, samples, simulator, files):
    files |= {"simulations": folder / "simulations.nc", "recordings": folder / "recordings.nc"}
    store.write(files["simulations"], samples)
    write_recordings(files["recordings"], samples, simulator)
    page = folder / "explore.html"
    page.write_text(campaign.render(name, units, **files), encoding="utf-8")
    return Made(page, learned, samples.space, files)


PANEL_DRUGS = 12
SCENARIO = {"model": {"name": "ohara-cipa-2017", "celltype": "endo"}, "binding": "static"}


def make_panel(folder):
    """Make the page of a panel of drugs with static block."""
    table = drugs.read_drug_table(TABLE, (), drugs.CHANNELS).select(("IKr", "ICaL", "INaL", "INa"))
    doses, draws = np.array([1.0, 2.0, 3.0, 4.0]), drugs.draw_hill(table, 4, 1)
    block = drugs.block_along_doses(table.cmax_nM[:, None], draws.ic50_nM, draws.hill, doses)
    block = block[:PANEL_DRUGS].transpose(0, 2, 1, 3)  # drugs, doses, samples, channels
    model = cells.load("ohara-cipa-2017", celltype="endo")
    blocks = dict(zip(table.channels, block.reshape(-1, block.shape[-1]).T, strict=True))
    results = cells.pace(model, blocks, cycle_length=2000.0, beats=4)
    along = ("drug", "dose", "sample")
    variables = {
        "drug": variable(("drug",), np.array(table.names[:PANEL_DRUGS]), "drug"),
        "category": variable(("drug",), np.array(table.risk[:PANEL_DRUGS]), "published risk category"),
        "cmax": variable(("drug",), table.cmax_nM[:PANEL_DRUGS], "Cmax", "nmol L-1"),
        "dose": variable(("dose",), doses, "dose", "1"),
        **{
            name: Variable(along, results[name].reshape(block.shape[:3]), {})
            for name in ("qnet_uC_per_uF", "apd90_ms", "label", "ead")
        },
    }
    netcdf.write(folder / "panel.nc", variables, {"control_qnet_uC_per_uF": 0.07})
    scored = read_metric(folder / "panel.nc", 2000.0)
    rows = drugs.flip_rows(flips({"static": scored}, []), scored.names, scored.category)
    write_csv(folder / "classification.csv", [*rows, *reference_rows("static", scored, None)])
    shown = read_result(str(folder / "panel.nc"))[1], read_result(str(folder / "classification.csv"))[1]
    page = folder / "explore.html"
    page.write_text(panel.render("panel", {"static": SCENARIO}, {"static": shown[0]}, shown[1]), encoding="utf-8")
    return Made(page, shown, None, {})


def data_of(page):
    """Return the data in a page."""
    text = page.read_text(encoding="utf-8")
    return json.loads(text.split('<script type="application/json" id="data">')[1].split("</script>")[0])


@pytest.fixture(scope="session", name="blocks")
def made_class(tmp_path_factory):
    return make_class(tmp_path_factory.mktemp("blocks"))


@pytest.fixture(scope="session", name="rhythms")
def made_quantities(tmp_path_factory):
    return make_quantities(tmp_path_factory.mktemp("rhythms"))


@pytest.fixture(scope="session", name="panel")
def made_panel(tmp_path_factory):
    return make_panel(tmp_path_factory.mktemp("panel"))
