"""Campaigns of tissues: the same bookkeeping as for cells, one simulation per task."""

import os
import re
import signal
from dataclasses import fields, replace

import netCDF4
import numpy as np
import pytest

from pointes.campaign.commands.run_tissue import run_tissue
from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.files import store
from pointes.campaign.files.identity import check, claim
from pointes.campaign.files.provenance import origin
from pointes.campaign.files.samples import make
from pointes.campaign.prepare import model_fingerprint
from pointes.campaign.settings import Sampling
from pointes.campaign.simulation.execution import fit_to_cores, simulate
from pointes.campaign.simulation.shards import run_batch
from pointes.campaign.simulation.simulators import CellSimulator, TissueSimulator, configured_simulator, make_simulator
from pointes.campaign.simulation.tissue import in_keys
from pointes.campaign.space import Space
from pointes.campaign.steps import cell_maps
from pointes.campaign.steps.learning import replay_history
from pointes.campaign.steps.traces import write_traces
from pointes.errors import UserError
from pointes.status import reason_of
from pointes.tissue.description import Site, TissueDescription
from pointes.tissue.simulation import OUTPUTS

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)})
FATAL = 0.8  # block of IKr beyond which `fragile` kills its worker
CABLE = {
    "name": "tiny",
    "model": {"name": "tentusscher-2006", "celltype": "epi"},
    "protocol": {"cycle_length": 400, "beats": 1, "label_beats": 1},
    "simulation": {"scale": "cable", "tissue": {"size": [2], "spacing": 0.25, "beats": 1, "time_step": 0.1}},
}


def changed(**tissue):
    return {**CABLE, "simulation": {"scale": "cable", "tissue": {**CABLE["simulation"]["tissue"], **tissue}}}


@pytest.fixture(scope="module")
def tissue() -> TissueSimulator:
    config = parse(CABLE, "c.yaml")
    return configured_simulator(config, model_fingerprint(config, "c.yaml"))


@pytest.fixture
def samples():
    return make(np.random.default_rng(1).uniform(size=(4, 2)), RANGES, sample_id=np.arange(4))


def fragile(simulator, points, ranges, keys, shard):
    """Simulate a batch, unless one of its points is fatal for the worker."""
    if np.any(points[:, 0] > FATAL):
        os.kill(os.getpid(), signal.SIGKILL)
    run_batch(simulator, points, ranges, keys, shard)


def test_workers_and_threads_change_nothing(tmp_path, tissue, samples):
    expected = tissue.run(samples.points, list(RANGES))
    progress = []
    done = simulate(
        samples, tissue, tmp_path / "1", workers=2, progress=lambda done, total: progress.append((done, total))
    )
    assert progress == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    twice = simulate(samples, replace(tissue, threads=2), tmp_path / "2", workers=1)
    for name, column in expected.items():
        np.testing.assert_array_equal(done[name], column, err_msg=name, strict=True)
        np.testing.assert_array_equal(twice[name], column, err_msg=name, strict=True)
    assert done.details["qt_ms"]["units"] == "ms"
    assert done["ecg"].shape == (4, 401)
    assert set(OUTPUTS) < set(done.columns)


def test_shards_are_found_again(tmp_path, tissue, samples):
    first = simulate(samples.where(np.arange(2)), tissue, tmp_path)

    def never(*arguments):
        raise AssertionError("nothing is missing")

    again = simulate(samples.where(np.arange(2)), replace(tissue, threads=2), tmp_path, run=never)
    np.testing.assert_array_equal(again["ecg"], first["ecg"])


def test_sample_that_kills_its_worker_is_lost_alone(tmp_path, tissue):
    points = np.array([[0.1, 0.1], [0.9, 0.2], [0.3, 0.3]])
    done = simulate(make(points, RANGES, sample_id=np.arange(3)), tissue, tmp_path, workers=2, run=fragile)
    np.testing.assert_array_equal(done["status"], [0, 2, 0])
    np.testing.assert_array_equal(done["label"] >= 0, [True, False, True])
    assert np.isnan(done["ecg"][1]).all()
    assert np.isnan(done["qt_ms"][1])
    assert np.isfinite(done["ecg"][[0, 2]]).all()


def test_another_tissue_shares_nothing(tissue, samples):
    keys = tissue.keys(samples.points, list(RANGES))
    assert len(set(keys)) == 4
    others = [replace(tissue, fingerprint="another")]
    for change in (
        {"spacing_mm": 0.5},
        {"beats": 2},
        {"layers": {"endo": 1, "epi": 1}},
        {"layers": {"epi": 1, "endo": 1}},
    ):
        others.append(replace(tissue, description=replace(tissue.description, **change)))
    all_keys = [set(other.keys(samples.points, list(RANGES))) for other in others]
    assert len(set(keys).union(*all_keys)) == 4 * 6
    assert set(replace(tissue, threads=3).keys(samples.points, list(RANGES))) == set(keys)


def test_threads_and_workers_fit_the_cores(tissue):
    assert fit_to_cores(tissue, cores=8, threads=3) == (replace(tissue, threads=3), 2)
    assert fit_to_cores(tissue, cores=2, threads=4) == (replace(tissue, threads=2), 1)
    cell = CellSimulator("ohara-2011", "mid", "f", 1000.0, 1, 1, 1e-4)
    assert fit_to_cores(cell, cores=2, threads=1) == (cell, 2)


def test_samples_survive_the_file(tmp_path, tissue, samples):
    done = simulate(samples, tissue, tmp_path, workers=2)
    store.write(tmp_path / "simulations.nc", done)
    back = store.read(tmp_path / "simulations.nc")
    for name, column in done.columns.items():
        np.testing.assert_array_equal(back[name], column)
    with netCDF4.Dataset(tmp_path / "simulations.nc") as file:
        assert file["ecg"].dimensions == ("sample", "time_ms")
        assert file["conduction_velocity_m_per_s"].units == "m s-1"


def test_margins_of_tissues_are_not_learned_from(samples):
    """Their sign need not be that of the label."""
    simulations = make(
        samples.points,
        RANGES,
        label=np.array([0, 0, 1, 1], np.int8),
        margin_V_per_s=np.array([-0.1, 0.2, 0.3, -0.1]),
        status=np.zeros(4, np.int8),
        purpose=np.zeros(4, np.int8),
        predicted_risk=np.full(4, np.nan),
    )
    sampling = Sampling(seed=1, start=4, batch=4, stream_share=0.25)
    learner = replay_history([simulations], simulations.space, sampling)
    assert np.isnan(learner.learner.history.margins).all()


def test_traces_are_the_ecgs_of_the_pair(tmp_path, tissue):
    samples = make(
        np.array([[0.2, 0.1], [0.6, 0.1]]),
        RANGES,
        sample_id=np.array([3, 4]),
        label=np.array([0, 1], np.int8),
        ecg_v5=np.arange(20.0).reshape(2, 10),
    )
    write_traces(tmp_path / "traces.nc", samples, tissue)
    with netCDF4.Dataset(tmp_path / "traces.nc") as file:
        np.testing.assert_array_equal(file["ecg"][:], samples["ecg_v5"])
        np.testing.assert_array_equal(file["time_ms"][:], np.arange(10))
        np.testing.assert_array_equal(file["label"][:], [0, 1])


def test_run_that_broke_down_is_a_row(tissue):
    broken = replace(tissue.description, amplitude=1e6)
    found = replace(tissue, description=broken).run(np.array([[0.0, 0.0]]), list(RANGES))
    assert (found["status"][0], found["label"][0]) == (1, -1)
    assert found["failure"].dtype == np.int8
    assert reason_of(found["failure"][0]) == "not_finite"
    assert found["failure_time_ms"][0] > 0
    assert np.isnan(found["ecg"]).any()


def test_cells_are_paced_on_the_plane_of_the_map(tmp_path, monkeypatch, check_file):
    monkeypatch.setattr(cell_maps, "POINTS", 4)
    simulators = [
        CellSimulator("tentusscher-2006", celltype, "", cycle_length=400.0, beats=1, label_beats=1, tolerance=1e-3)
        for celltype in ("epi", "endo")
    ]
    cell_maps.write_cell_maps(tmp_path / "cells.nc", RANGES, simulators)
    with netCDF4.Dataset(tmp_path / "cells.nc") as file:
        assert file["label"].dimensions == ("celltype", "ICaL", "IKr")
        assert list(file["celltype"][:]) == ["epi", "endo"]
    check_file(tmp_path / "cells.nc", "cells.nc")


def test_meaning_of_campaigns_of_cells_is_as_it_was(tmp_path):
    cells = parse({"name": "tiny"}, "c.yaml")
    assert not any(path.startswith("simulation") for path in meaning(cells.model_dump(mode="json")))
    older = cells.model_dump(mode="json")
    del older["simulation"]
    assert meaning(older) == meaning(cells.model_dump(mode="json"))
    claim(tmp_path, cells, "f").release()
    check(tmp_path, cells)
    with pytest.raises(UserError, match=r'simulation\.scale was "cell" and is now "cable"'):
        check(tmp_path, parse({"name": "tiny", **{"simulation": CABLE["simulation"]}}, "c.yaml"))


def test_another_tissue_is_refused_in_the_same_folder(tmp_path):
    claim(tmp_path, parse(CABLE, "c.yaml"), "f").release()
    check(tmp_path, parse({**CABLE, "execution": {"threads": 2}}, "c.yaml"))
    with pytest.raises(UserError, match=r"simulation\.tissue was .* and is now"):
        check(tmp_path, parse(changed(spacing=0.5), "c.yaml"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (changed(spacing=0), "c.yaml: simulation.tissue.spacing: 0; expected greater than 0"),
        (changed(diffusivity={"along": 0}), "c.yaml: simulation.tissue.diffusivity.along: 0; expected greater than 0"),
        (
            changed(time_step=0.03),
            "c.yaml: simulation.tissue.time_step: 0.03; expected a step of which 1 ms, the interval of the ECG, is a "
            "multiple",
        ),
        (changed(rest=1), "c.yaml: simulation.tissue.rest: 1; expected greater than or equal to 100"),
        (changed(size=[-1]), "c.yaml: simulation.tissue.size: [-1]; expected up to three positive numbers"),
        (
            changed(layers={"endo": 0}),
            "c.yaml: simulation.tissue.layers: {'endo': 0}; expected positive numbers by cell type",
        ),
        (
            changed(label_beats=2),
            "c.yaml: simulation.tissue.label_beats: 2; expected at most simulation.tissue.beats, which is 1",
        ),
        (
            changed(electrodes={"v1": [1, 2]}),
            "c.yaml: simulation.tissue.electrodes.v1: [1, 2]; expected three numbers, x, y and z",
        ),
        (
            changed(stimulus={"sites": []}),
            "c.yaml: simulation.tissue.stimulus.sites: []; expected a list of sites, "
            "each a mapping of surface, depth, centre, radius and delay",
        ),
        (
            changed(stimulus={"sites": [{"surfac": "x0"}]}),
            "unknown key 'simulation.tissue.stimulus.sites.0.surfac' in c.yaml; expected one of surface, depth, "
            "centre, radius, delay; did you mean surface?",
        ),
        (
            changed(stimulus={"sites": [{"delay": -1}]}),
            "c.yaml: simulation.tissue.stimulus.sites.0.delay: -1; expected greater than or equal to 0",
        ),
        (
            changed(stimulus={"amplitude": -80}),
            "c.yaml: simulation.tissue.stimulus.amplitude: -80; expected greater than 0",
        ),
        (
            {"simulation": {"scale": "wire"}},
            "c.yaml: simulation.scale: 'wire'; expected one of cell, cable, sheet, slab, ventricles, image",
        ),
    ],
)
def test_mistake_in_the_configuration_is_one_line(values, message):
    with pytest.raises(UserError) as caught:
        parse(values, "c.yaml")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (changed(size=[]), "c.yaml: simulation.tissue.size: []; expected 1 length for a cable, along x"),
        (
            changed(size=[2.1]),
            "c.yaml: simulation.tissue.size: 2.1; expected a multiple of the spacing of 0.25 mm, as 2 or 2.25",
        ),
        (
            changed(layers={"epi": 2, "endo": 1e-3, "M": 1}),
            "c.yaml: simulation.tissue.layers.endo: 0.000333222; expected a share of the thickness that holds a node, "
            "or a smaller spacing",
        ),
        (
            changed(electrodes={"v1": [20, 0, 0], "a": [1, 0, 0]}),
            "c.yaml: simulation.tissue.electrodes.a: [1, 0, 0]; expected a place at least one spacing, 0.25 mm, from "
            "the tissue, not 0 mm",
        ),
        (
            changed(stimulus={"sites": [{"depth": 1.5}, {"surface": "x1", "delay": 399}]}),
            "c.yaml: simulation.tissue.stimulus.sites.1.delay: 399; expected at most 398 ms, so that the stimulus ends "
            "within its beat",
        ),
        (
            changed(stimulus={"sites": [{"surface": "y0"}]}),
            "c.yaml: simulation.tissue.stimulus.sites.0.surface: 'y0'; expected one of x0, x1, as the tissue has a "
            "single node along y",
        ),
        (
            changed(stimulus={"sites": [{"surface": "z1", "depth": 1}]}),
            "c.yaml: simulation.tissue.stimulus.sites.0.surface: 'z1'; expected one of x0, x1, as the tissue has a "
            "single node along z",
        ),
        (
            changed(rest=120, stimulus={"sites": [{"depth": 1.5, "delay": 150}]}),
            "c.yaml: simulation.tissue.rest: 120; expected more than 152, when the stimuli of the last beat end",
        ),
        (
            changed(layers={"endo": 1, "apex": 1}),
            "c.yaml: simulation.tissue: unknown cell type 'apex' in model tentusscher-2006; expected one of "
            "epi, endo, M",
        ),
        (
            changed(spacing=0.02, substeps=1),
            "c.yaml: simulation.tissue.time_step: 0.1; expected at most 0.00139 for this spacing and conductivity, or "
            "73 diffusion substeps",
        ),
        (
            changed(stimulus={"sites": [{"surface": None, "centre": [9, 0, 0], "radius": 1}]}),
            "c.yaml: simulation.tissue.stimulus.sites.0: 'sphere of 1 mm around (9, 0, 0) mm'; expected a site with a "
            "node of the tissue, which extends from (0, 0, 0) to (2, 0, 0) mm",
        ),
        (changed(size=[1e7]), "c.yaml: simulation.tissue: a tissue of 40000001 × 1 × 1 nodes with "),
        (changed(image={"file": "a.nc"}), "c.yaml: simulation.tissue.image: 'a.nc'; expected none for a cable"),
        (
            {**CABLE, "simulation": {"scale": "image"}},
            "c.yaml: simulation.tissue.image: None; expected a file for an image",
        ),
    ],
)
def test_tissue_that_cannot_be_simulated_is_refused_before_any_job(values, message, monkeypatch):
    import psutil

    memory = psutil.virtual_memory()._replace(available=8e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(UserError) as caught:
        model_fingerprint(parse(values, "c.yaml"), "c.yaml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_every_quantity_of_a_tissue_has_a_key():
    names = [name.name for name in fields(TissueDescription) if re.search("_(m[ms]|deg)$", name.name)]
    names += [f"sites.0.{name.name}" for name in fields(Site) if re.search("_m[ms]$", name.name)]
    assert len(names) == 13
    for name in names:
        assert not re.search("_(m[ms]|deg)", str(in_keys(UserError(name, 1.0))))


@pytest.fixture
def image_file(tmp_path):
    """The file of a bar of 9 by 3 voxels of 0.25 mm with a scar."""
    with netCDF4.Dataset(tmp_path / "bar.nc", "w") as file:
        for name, size in zip("zyx", (1, 3, 9), strict=True):
            file.createDimension(name, size)
        tags = file.createVariable("tags", "i2", ("z", "y", "x"))
        tags.spacing_mm = np.full(3, 0.25)
        tags[...] = np.array([[[1] * 9, [1] * 4 + [7] + [1] * 4, [2] * 9]], np.int16)
    return str(tmp_path / "bar.nc")


def test_image_is_a_scale(image_file):
    image = {"file": image_file, "tags": {"epi": 1, "endo": [2]}}
    tissue = {**CABLE["simulation"]["tissue"], "size": [], "image": image, "stimulus": {"sites": [{"depth": 0.5}]}}
    config = parse({**CABLE, "simulation": {"scale": "image", "tissue": tissue}}, "c.yaml")
    simulator = configured_simulator(config, model_fingerprint(config, "c.yaml"))
    assert make_simulator(simulator.to_params()) == simulator
    assert simulator.description.celltypes == {"epi": "epi", "endo": "endo"}
    assert simulator.run(np.array([[0.0, 0.0]]), list(RANGES))["label"][0] == 0
    attributes = origin(config.meaning, "f")
    assert attributes["source"].startswith("tentusscher-2006, epi, endo cells in an image")


def test_tissues_without_an_image_mean_what_they_meant_before_there_were_images():
    assert "image" not in parse(CABLE, "c.yaml").meaning["simulation.tissue"]


def test_one_run_shows_all_that_there_is(tmp_path):
    import yaml

    config = tmp_path / "c.yaml"
    config.write_text(yaml.safe_dump(changed(electrodes={"v1": [20, 0, 0], "v2": [-20, 0, 0]})))
    found = run_tissue(config, {"IKr": 0.5}, tmp_path / "out.nc", snapshots=tmp_path / "v.nc", snapshot_ms=50)
    assert (found["status"], found["failure"], found["label"]) == ("ok", "none", 0)
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        assert file["activation_ms"].dimensions == ("z", "y", "x")
        assert file["potential"].dimensions == ("electrode", "time_ms")
        assert file["qrs_ms"][0] == found["qrs_ms"]
        assert file.blocks == "IKr 0.5"
        assert file["failure"].flag_meanings.split()[file["failure"][...]] == "none"
    with netCDF4.Dataset(tmp_path / "v.nc") as file:
        assert len(file["time_ms"]) == 9


def test_a_simulator_survives_as_plain_values(tissue):
    assert make_simulator(tissue.to_params()) == tissue
