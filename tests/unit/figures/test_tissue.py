from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from pointes.figures import activation_map, pseudo_ecg, section, tissue_animation, tissue_snapshots

TIMES = np.arange(0.0, 400.0, 10.0)


def tissue(nz, ny, nx, spacing=0.5):
    """A wave along x at 0.5 m/s, action potentials of 250 ms, and a hole."""
    coords = {axis: np.arange(n) * spacing for axis, n in zip("zyx", (nz, ny, nx), strict=True)}
    activation = np.broadcast_to(coords["x"] / 0.5, (nz, ny, nx)).copy()
    if ny > 5:
        activation[:, 2:4, 3:5] = np.nan
    since = TIMES[:, None, None, None] - activation
    v = np.where(np.isnan(activation), np.nan, np.where((since > 0) & (since < 250), 20.0, -85.0))
    axes = ("z", "y", "x")
    return xr.Dataset(
        {
            "v_mV": (("time_ms", *axes), v),
            "activation_ms": (axes, activation),
            "apd90_ms": (axes, np.where(np.isnan(activation), np.nan, 250.0 + coords["x"])),
        },
        {"time_ms": TIMES, **coords},
    )


SHEET, SLAB, CABLE = tissue(1, 21, 41), tissue(5, 21, 41), tissue(1, 1, 41)


@pytest.mark.parametrize(
    ("dataset", "axes", "place"), [(SHEET, ["y", "x"], ""), (SLAB, ["y", "x"], "z = 1 mm"), (CABLE, ["x"], "")]
)
def test_what_is_shown_of_a_tissue(dataset, axes, place):
    shown = section.middle(dataset["v_mV"])
    assert (section.axes_of(shown), section.place(shown)) == (axes, place)
    assert shown.dims == ("time_ms", *axes)


def test_a_solid_is_cut_across_its_shortest_axis():
    shown = section.middle(tissue(31, 5, 41)["activation_ms"])
    assert (section.axes_of(shown), section.place(shown)) == (["z", "x"], "y = 1 mm")


def test_pixels_are_centred_on_nodes():
    assert section.extent(section.middle(SHEET["apd90_ms"])) == (-0.25, 20.25, -0.25, 10.25)


def test_snapshots_show_the_wave_come_and_go():
    times = tissue_snapshots.summarise(SHEET)["time_ms"].values
    assert len(times) == 6
    assert (times[:3] <= 40).all()
    assert ((times[3:] >= 250) & (times[3:] <= 300)).all()


@pytest.mark.parametrize("dataset", [SHEET, SLAB])
def test_a_strip_has_a_picture_for_each_time_on_one_scale(dataset):
    figure = tissue_snapshots.draw(dataset)
    *panels, bar = figure.axes
    times = tissue_snapshots.summarise(dataset)["time_ms"].values
    assert [axes.get_title(loc="left") for axes in panels] == [f"{time:g} ms" for time in times]
    assert {axes.images[0].get_clim() for axes in panels} == {(-85.0, 20.0)}
    assert np.isnan(panels[0].images[0].get_array().filled(np.nan)[2, 3])
    assert bar.get_ylabel() == "membrane potential (mV)"
    assert (panels[0].get_ylabel(), panels[-1].get_xlabel()) == ("y (mm)", "x (mm)")
    assert figure.get_suptitle() == ("Plane at z = 1 mm" if dataset is SLAB else "")


def test_a_strip_of_a_cable_has_a_line_for_each_time():
    (axes,) = tissue_snapshots.draw(CABLE).axes
    times = tissue_snapshots.summarise(CABLE)["time_ms"].values
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [f"{time:g} ms" for time in times]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), CABLE["v_mV"].sel(time_ms=times[1]).squeeze())
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (mm)", "membrane potential (mV)")


@pytest.mark.parametrize("dataset", [SLAB, CABLE])
def test_an_animation_has_all_frames(dataset, tmp_path):
    path = tmp_path / "new" / "v.gif"
    tissue_animation.save(dataset.isel(time_ms=slice(0, 4)), path)
    with Image.open(path) as gif:
        assert gif.n_frames == 4
        frames = []
        for frame in range(4):
            gif.seek(frame)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    assert all(np.abs(one - other).max() > 50 for one, other in pairwise(frames))
    assert [entry.name for entry in path.parent.iterdir()] == ["v.gif"]


def test_a_frame_says_when_and_where_it_is():
    axes = tissue_animation.draw(SLAB, 3).axes[0]
    assert axes.get_title(loc="left") == "30 ms, z = 1 mm"
    np.testing.assert_array_equal(
        axes.images[0].get_array().filled(np.nan), SLAB["v_mV"].isel(time_ms=3, z=2).values.astype(float)
    )


def test_isochrones_are_round_times_within_those_of_the_map():
    assert activation_map.isochrones(SHEET["activation_ms"]).tolist() == [5, 10, 15, 20, 25, 30, 35]
    assert activation_map.isochrones(SHEET["activation_ms"].isel(x=[0])).size == 0


def test_the_map_shows_activation_and_duration():
    left, right, *bars = activation_map.draw(SLAB).axes
    assert [bar.get_ylabel() for bar in bars] == ["activation time (ms)", "APD90 (ms)"]
    assert left.images[0].get_clim() == (0.0, 40.0)
    assert right.images[0].get_clim() == (250.0, 270.0)
    assert left.get_title(loc="left") == "isochrones every 5 ms"
    lines = next(artist for artist in left.collections if hasattr(artist, "levels"))
    middle = lines.get_paths()[3].vertices  # that of 20 ms runs where the wave is after 10 mm
    np.testing.assert_allclose(middle[:, 0], 10.0)


def test_the_map_of_a_cable_is_two_curves():
    left, right = activation_map.draw(CABLE).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), CABLE["x"] / 0.5)
    assert (left.get_ylabel(), right.get_ylabel()) == ("activation time (ms)", "APD90 (ms)")


@pytest.fixture
def ecg() -> xr.Dataset:
    time = np.arange(0.0, 2000.0)
    trace = np.exp(-(((time % 1000) - 330) ** 2) / 1250)
    intervals = {
        "qrs_onset_ms": [20.0, 20.0],
        "qrs_ms": [30.0, 30.0],
        "t_peak_ms": [330.0, np.nan],
        "t_end_ms": [380.0, np.nan],
        "qt_ms": [360.0, np.nan],
        "tpeak_tend_ms": [50.0, np.nan],
    }
    return xr.Dataset(
        {
            "potential": (("electrode", "time_ms"), [trace, 0 * trace], {"units": "mV mm2 ms-1"}),
            **{name: ("electrode", values) for name, values in intervals.items()},
        },
        {"electrode": ["V1", "V2"], "time_ms": time},
        {"start_ms": 1000.0, "end_ms": 1999.0},
    )


def test_leads_are_shown_from_the_beat_s_start_with_their_marks(ecg):
    first, second = pseudo_ecg.summarise(ecg)
    assert first.marks == {"QRS onset": 20, "QRS end": 50, "T peak": 330, "T end": 380}
    assert first.text == "QRS 30 ms, QT 360 ms, T-peak–T-end 50 ms"
    assert second.marks == {"QRS onset": 20, "QRS end": 50}
    assert second.text == "QRS 30 ms, no QT, no T-peak–T-end"
    assert (first.time_ms[0], first.time_ms[-1]) == (0.0, 999.0)


def test_each_lead_has_a_panel(ecg):
    figure = pseudo_ecg.draw(ecg)
    first, second = figure.axes
    assert first.get_title(loc="left") == "V1: QRS 30 ms, QT 360 ms, T-peak–T-end 50 ms"
    assert first.get_ylabel() == "potential\n(mV mm²/ms)"
    assert second.get_xlabel() == "time since the stimulus (ms)"
    peak = next(line for line in first.lines if line.get_marker() == "o")
    assert (peak.get_xdata().item(), peak.get_ydata().item()) == (330.0, pytest.approx(1.0))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(pseudo_ecg.MARKS)


def test_marks_that_no_lead_has_are_not_in_the_legend(ecg):
    """The second lead has no T wave, and a third could not be measured at all."""
    figure = pseudo_ecg.draw(ecg.isel(electrode=[1]))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["QRS onset", "QRS end"]
    ecg["qrs_onset_ms"][:] = np.nan
    assert not pseudo_ecg.draw(ecg.isel(electrode=[1])).legends


def test_marks_differ_in_shape():
    assert len({look.marker for look in pseudo_ecg.MARKS.values()}) == len(pseudo_ecg.MARKS)
