"""A tissue from its description to label, intervals and maps; what cannot be simulated is refused in one line."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.status import reason_of
from pointes.tissue.assembly import Tissue, check
from pointes.tissue.description import Site, TissueDescription, fingerprint
from pointes.tissue.simulation import OUTPUTS, simulate
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.voxels import VoxelDiffusion

SIMPLE = TissueDescription(
    "cable", "mitchell-schaeffer-2003", size_mm=(10.0,), spacing_mm=0.25, cell_beats=0, rest_ms=450.0, time_step_ms=0.05
)
TRANSMURAL = TissueDescription(
    "cable",
    "ohara-2011",
    size_mm=(4.5,),
    spacing_mm=0.3,
    layers={"endo": 60, "mid": 45, "epi": 60},
    cell_beats=4,
    rest_ms=600.0,
    time_step_ms=0.05,
)


def equal(one, other):
    for name in OUTPUTS:
        np.testing.assert_array_equal(one.values[name], other.values[name], err_msg=name)
    for name in ("activation_ms", "apd90_ms", "ead_margin_V_per_s", "ecg"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_cable_conducts_and_has_an_ecg():
    outcome = simulate(SIMPLE)
    assert outcome.status == "ok"
    assert outcome.values["label"] == 0
    # The reference for this model and diffusivity is 0.333 m/s, from 10 to 20 mm of 30
    assert outcome.values["conduction_velocity_m_per_s"] == pytest.approx(0.333, rel=0.02)
    assert np.all(np.diff(outcome.activation_ms[8:]) > 0)
    assert outcome.values["total_activation_ms"] == outcome.activation_ms.max()
    assert np.ptp(outcome.apd90_ms) == outcome.values["apd90_dispersion_ms"]
    assert 250 < outcome.values["qt_ms"] < 350
    assert list(outcome.electrodes) == ["ecg"]
    assert outcome.electrodes["ecg"][0] == 30.0


def test_fibrosis_slows_conduction_and_leaves_the_action_potential_alone():
    sheet = replace(SIMPLE, scale="sheet", size_mm=(12.0, 6.0))
    plain, thin, dense = (simulate(replace(sheet, fibrosis_density=density)).values for density in (0.0, 1e-3, 0.2))
    velocity = "conduction_velocity_m_per_s"
    assert thin[velocity] == pytest.approx(plain[velocity], rel=0.01)
    assert 0.5 * plain[velocity] < dense[velocity] < 0.95 * plain[velocity]
    assert dense["apd90_mean_ms"] == pytest.approx(plain["apd90_mean_ms"], rel=0.02)
    assert dense["label"] == 0


def test_fibrosis_is_refused_where_it_makes_no_sense():
    with pytest.raises(UserError, match=r"fibrosis_density: 0\.2; expected 0 for a cable"):
        replace(SIMPLE, fibrosis_density=0.2)
    with pytest.raises(UserError, match=r"fibrosis_density: 1\.5; expected a share from 0 to 0\.9"):
        replace(SIMPLE, scale="sheet", size_mm=(5.0, 5.0), fibrosis_density=1.5)


def test_descriptions_without_fibrosis_are_as_they_were():
    assert not any(name.startswith("fibrosis") for name in SIMPLE.to_params())
    fibrotic = replace(SIMPLE, scale="sheet", size_mm=(5.0, 5.0), fibrosis_density=0.2, fibrosis_seed=3)
    assert TissueDescription.from_params(fibrotic.to_params()) == fibrotic


def test_block_changes_qt_as_in_patients():
    """Block of IKr lengthens QT, block of ICaL shortens it; both leave conduction alone."""
    control, ikr, ical = (
        simulate(replace(TRANSMURAL, blocks=blocks)).values for blocks in ({}, {"IKr": 0.4}, {"ICaL": 0.4})
    )
    assert ikr["qt_ms"] > control["qt_ms"] + 50
    assert ical["qt_ms"] < control["qt_ms"] - 10
    for blocked in (ikr, ical):
        assert blocked["conduction_velocity_m_per_s"] == pytest.approx(control["conduction_velocity_m_per_s"], rel=0.02)
        assert blocked["label"] == 0


def test_cells_that_have_not_repolarised_at_the_start_make_the_tissue_arrhythmic_not_failed():
    outcome = simulate(replace(TRANSMURAL, blocks={"IKr": 0.97}, size_mm=(3.0,)))
    assert outcome.status == "ok"
    assert outcome.values["label"] == 1
    assert outcome.values["capture_failure"] == 0


def test_interrupted_run_goes_on_to_the_same_bits(tmp_path):
    file, film = tmp_path / "restart.npz", tmp_path / "v.nc"
    whole = simulate(SIMPLE, snapshots=tmp_path / "whole.nc", snapshot_ms=20)

    def interrupt(done, total):
        if done >= 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(SIMPLE, restart=file, checkpoint_ms=50, snapshots=film, snapshot_ms=20, progress=interrupt)
    assert file.exists()
    times = []
    resumed = simulate(
        SIMPLE,
        restart=file,
        checkpoint_ms=50,
        snapshots=film,
        snapshot_ms=20,
        progress=lambda done, total: times.append(done),
    )
    assert times[0] == pytest.approx(150)
    equal(whole, resumed)
    assert not file.exists()
    from netCDF4 import Dataset

    with Dataset(film) as one, Dataset(tmp_path / "whole.nc") as other:
        np.testing.assert_array_equal(one["v_mV"][:], other["v_mV"][:])


def test_threads_change_nothing():
    sheet = replace(SIMPLE, scale="sheet", size_mm=(4.0, 3.0), rest_ms=40.0)
    equal(simulate(sheet), simulate(replace(sheet, threads=2)))
    assert fingerprint(sheet) == fingerprint(replace(sheet, threads=2))


def test_breakdown_is_a_status_with_time_and_place():
    outcome = simulate(replace(SIMPLE, amplitude=1e6, sites=(Site("x1", depth_mm=1.0),)))
    assert outcome.status == "failed"
    assert reason_of(outcome.values["failure"]) == "potential_out_of_range"
    assert outcome.values["label"] == -1
    assert outcome.failure.time_ms == outcome.values["failure_time_ms"] <= 1.0
    assert 8.0 <= outcome.values["failure_x_mm"] <= 10.0  # within a step it has spread by diffusion
    assert (outcome.values["failure_y_mm"], outcome.values["failure_z_mm"]) == (0.0, 0.0)
    assert np.isnan(outcome.values["qt_ms"])


def test_label_looks_at_the_last_beats_only():
    two = replace(SIMPLE, beats=2, cycle_length_ms=450.0)
    assert (two.end_ms, two.label_start_ms, two.last_beat_ms) == (900.0, 450.0, 450.0)
    assert replace(two, label_beats=2).label_start_ms == 0.0


def test_straight_fibres_take_the_fast_way():
    slab = TissueDescription("slab", "mitchell-schaeffer-2003", size_mm=(2.0, 2.0, 2.0), spacing_mm=0.5)
    assert isinstance(Tissue(slab).diffusion, BoxDiffusion)
    assert isinstance(Tissue(replace(slab, fibre_angles_deg=(0.0, 0.0))).diffusion, BoxDiffusion)
    tissue = Tissue(replace(slab, fibre_angles_deg=(0.0, 0.0), spacing_mm=0.125))
    wave = np.cos(np.pi / 2 * tissue.grid.positions[:, 1])  # without flux at y = 0 and 2 mm
    np.testing.assert_allclose(
        tissue.diffusion.apply(wave), -slab.along * (np.pi / 2) ** 2 * wave, rtol=0.01, atol=1e-5
    )
    assert isinstance(Tissue(replace(slab, fibre_angles_deg=(60.0, -60.0))).diffusion, VoxelDiffusion)


def test_ventricles_are_stimulated_where_said():
    heart = TissueDescription(
        "ventricles",
        "ohara-2011",
        spacing_mm=2.0,
        sites=(Site("lv_endocardium", radius_mm=15, centre_mm=(9, 41, 60)),),
    )
    check(heart)
    (stimulus,) = Tissue(heart).stimuli
    assert 0 < stimulus.nodes.size < Tissue(heart).grid.nodes.size / 10
    assert heart.celltypes == {"endo": "endo", "mid": "mid", "epi": "epi"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": "wire"}, "unknown scale 'wire'; expected one of cable, sheet, slab, ventricles, image"),
        ({"size_mm": (1.0, 2.0)}, "size_mm: [1, 2]; expected 1 length for a cable, along x"),
        ({"size_mm": (10.1,)}, "size_mm: 10.1; expected a multiple of the spacing of 0.25 mm, as 10 or 10.25"),
        ({"along": 0.0}, "along: 0; expected a positive number [mm²/ms]"),
        ({"along": float("nan")}, "along: nan; expected a positive number [mm²/ms]"),
        ({"time_step_ms": -1.0}, "time_step_ms: -1; expected a positive number [ms]"),
        ({"label_beats": 2}, "label_beats: 2; expected a number from 1 to that of all beats, 1"),
        ({"layers": {"endo": 1}}, "unknown cell type 'endo' in model mitchell-schaeffer-2003; expected one of default"),
        (
            {"amplitude": -80.0},
            "amplitude: -80; expected a positive number [A/F], which depolarises",
        ),
        ({"sites": (Site("lv_endocardium"),)}, "sites.0.surface: 'lv_endocardium'; expected one of x0, x1"),
        (
            {"sites": (Site(None, centre_mm=(50, 0, 0), radius_mm=1),)},
            "sites.0: 'sphere of 1 mm around (50, 0, 0) mm'; expected a site with a node of the tissue",
        ),
        ({"sites": (Site(None),)}, "sites.0.surface: None; expected a surface, or a centre and a radius"),
        (
            {"sites": (Site(radius_mm=1.0),)},
            "sites.0.centre_mm: None; expected a centre and a radius, or neither",
        ),
        (
            {"sites": (Site(depth_mm=0.5, centre_mm=(0.0, 0.0, 0.0), radius_mm=1.0),)},
            "sites.0.depth_mm: 0.5; expected 0 for a site with a centre",
        ),
        (
            {"sites": (Site("y0"),)},
            "sites.0.surface: 'y0'; expected one of x0, x1, as the tissue has a single node along y",
        ),
        (
            {"sites": (Site("x0", delay_ms=5000.0),)},
            "sites.0.delay_ms: 5000; expected at most 998 ms, so that the stimulus ends within its beat",
        ),
        ({"rest_ms": 1.0}, "rest_ms: 1; expected more than 2, when the stimuli of the last beat end"),
        (
            {"electrodes": {"near": (5.0, 0.0, 0.0)}},
            "electrodes.near: [5, 0, 0]; expected a place at least one spacing, 0.25 mm, from the tissue, not 0 mm",
        ),
        (
            {"electrodes": {"lost": (np.nan, 0.0, 0.0)}},
            "electrodes.lost: [nan, 0, 0]; expected a place at least one spacing, 0.25 mm, from the tissue",
        ),
        ({"blocks": {"IKr": 0.5}}, "unknown current 'IKr' in model mitchell-schaeffer-2003"),
        ({"values": {"no.such": 1.0}}, "no.such"),
        (
            {"substeps": 1, "spacing_mm": 0.05},
            "time_step_ms: 0.05; expected at most 0.00863 for this spacing and conductivity, or 6 diffusion substeps",
        ),
    ],
)
def test_mistake_is_one_line_before_anything_runs(change, message):
    with pytest.raises(UserError) as caught:
        check(replace(SIMPLE, **change))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_tissue_larger_than_memory_is_refused_before_it_is_made():
    with pytest.raises(UserError, match=r"needs .* GB of memory, of which .* GB are free") as caught:
        check(replace(SIMPLE, scale="slab", size_mm=(250.0, 250.0, 250.0)))
    assert "a tissue of 1001 × 1001 × 1001 nodes with" in str(caught.value)


def test_electrode_in_the_tissue_is_refused():
    with pytest.raises(UserError, match=r"electrodes\.near: \[5, 0, 0\]"):
        simulate(replace(SIMPLE, electrodes={"near": (5.0, 0.0, 0.0)}))
