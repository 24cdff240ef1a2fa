import numpy as np
import xarray as xr

from pointes.figures import ecgs


def test_ecgs_are_drawn_in_pairs(risk_map):
    time = np.arange(5.0)
    traces = xr.Dataset(
        {
            "ecg": (("trace", "time_ms"), np.ones((2, 5)), {"units": "mV mm2 ms-1"}),
            "label": ("trace", [0.0, 1.0]),
            "IKr": ("trace", [0.7, 0.8]),
            "ICaL": ("trace", [0.1, 0.1]),
        },
        {"time_ms": time},
        {"parameters": "IKr ICaL"},
    )
    panel, place = ecgs.draw(traces, risk_map).axes
    assert panel.get_ylabel() == "pseudo-ECG (mV mm²/ms)"
    assert len(panel.lines) == 2
    assert place.get_title(loc="left") == "on the map"
