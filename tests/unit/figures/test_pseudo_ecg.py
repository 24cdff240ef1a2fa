import numpy as np
import pytest
import xarray as xr

from pointes.figures import pseudo_ecg


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
