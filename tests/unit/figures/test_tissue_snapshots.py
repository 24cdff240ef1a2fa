import numpy as np
import pytest

from pointes.figures import tissue_snapshots

from .conftest import CABLE, SHEET, SLAB


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
