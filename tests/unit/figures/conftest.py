"""A small campaign whose answers are known: arrhythmic to the right of IKr block 0.5, whatever the block of ICaL."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from pointes.drugs import CriticalStatus
from pointes.figures.shared import style

STATUS = {"flag_meanings": " ".join(status.name.lower() for status in CriticalStatus)}


class Texts(RendererBase):
    """Collects the texts that a figure draws, and draws nothing."""

    def __init__(self, figure):
        super().__init__()
        self.size = figure.get_size_inches() * 72
        self.drawn = []

    def get_canvas_width_height(self):
        return tuple(self.size)

    def draw_text(self, gc, x, y, text, font, angle, ismath=False, mtext=None):
        if mtext is not None:
            self.drawn.append(mtext)

    def draw_path(self, *args, **options):
        """Draw no path."""

    def draw_image(self, *args, **options):
        """Draw no image."""

    def draw_gouraud_triangles(self, *args, **options):
        """Draw no triangles."""


def check_print(figure: Figure) -> None:
    """Check that a figure has the width of one or two columns, no small text, and no text that is cut off."""
    width = figure.get_figwidth() * style.MM_PER_INCH
    assert min(abs(width - one) for one in style.WIDTHS.values()) < 0.01
    FigureCanvasSVG(figure)
    figure.set_dpi(72)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    page = Texts(figure)
    figure.draw(page)
    for text in page.drawn:
        assert text.get_fontsize() >= style.SMALLEST_TEXT, text
        left, bottom, right, top = Text.get_window_extent(text, page).extents
        inside = min(left, bottom, page.size[0] - right, page.size[1] - top)
        assert inside > -TOLERANCE, f"{text} reaches {-inside:.1f} points beyond the figure"


TOLERANCE = 1.0  # [points]


@pytest.fixture(autouse=True)
def print_checked(monkeypatch):
    """Checks each figure that a test has drawn, as it is printed."""
    drawn = []
    new_figure = style.new_figure

    def recorded(*args):
        drawn.append(new_figure(*args))
        return drawn[-1]

    monkeypatch.setattr(style, "new_figure", recorded)
    yield
    for figure in drawn:
        if figure.axes:
            check_print(figure)


@pytest.fixture
def risk_map() -> xr.Dataset:
    axis = np.linspace(0, 1, 41)
    risk = np.tile(np.clip(0.5 + 4 * (axis - 0.5), 0, 1), (41, 1))
    block = {
        "IKr": ("IKr", axis, {"long_name": "block of IKr"}),
        "ICaL": ("ICaL", axis, {"long_name": "block of ICaL"}),
    }
    plane = ("ICaL", "IKr")
    return xr.Dataset({"risk": (plane, risk)}, block)


@pytest.fixture
def unlearned(risk_map) -> xr.Dataset:
    """The map of a campaign all of whose simulations failed."""
    return xr.full_like(risk_map, np.nan).assign_attrs(nothing_learned="no simulation succeeded")


@pytest.fixture
def simulations() -> xr.Dataset:
    columns = {
        "IKr": [0.1, 0.9, 0.46, 0.54, 0.2, 0.8, 0.6],
        "ICaL": [0.2, 0.8, 0.5, 0.5, 0.3, 0.1, 0.9],
        "iteration": [0, 0, 1, 1, 1, 2, 2],
        "label": [0, 1, 0, 1, 0, 1, np.nan],
        "status": [0, 0, 0, 0, 0, 0, 1],
        "failure": [0, 0, 0, 0, 0, 0, 4],
        "purpose": [0, 0, 1, 1, 2, 2, 2],
        "predicted_risk": [np.nan, np.nan, 0.4, 0.5, 0.1, 0.7, 0.9],
    }
    dataset = xr.Dataset({name: ("sample", np.array(values)) for name, values in columns.items()})
    dataset["purpose"].attrs["flag_meanings"] = "start boundary stream given"
    return dataset


@pytest.fixture
def with_control(simulations) -> xr.Dataset:
    """The same simulations after the control, which is safe."""
    first = simulations.isel(sample=[0]).copy(deep=True)
    for name, value in {"IKr": 0.0, "ICaL": 0.0, "purpose": 5}.items():
        first[name][:] = value
    both = xr.concat([first, simulations], dim="sample")
    both["purpose"].attrs["flag_meanings"] = "start boundary stream given verification control"
    return both


@pytest.fixture
def control() -> dict:
    return {"risk": 0.0021, "state": "safe", "remark": "", "apd90_ms": 424.61, "qnet_uC_per_uF": 0.0703}


@pytest.fixture
def two_scales(simulations) -> xr.Dataset:
    """The same simulations, of cables, and as many of cells at the same points."""
    both = xr.concat([simulations, simulations], dim="sample", combine_attrs="override")
    both["purpose"].attrs = simulations["purpose"].attrs
    both["fidelity"] = ("sample", np.repeat([1, 0], simulations.sizes["sample"]), {"flag_meanings": "cell cable"})
    return both


@pytest.fixture
def drugs() -> xr.Dataset:
    """Three drugs with Hill coefficient 1 whose IC50 of IKr are 1, 10 and 1000 times Cmax; none blocks ICaL.

    The critical multiple of alpha is 1 (from below the smallest dose to 2), that of beta 10 (from 5, and up to where it
    is not reached), and that of gamma is not reached (from 400 on).
    """
    multiple = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    ic50 = np.array([1.0, 10.0, 1000.0])
    block = multiple / (multiple + ic50[:, None])
    return xr.Dataset(
        {
            "IKr": (("drug", "multiple"), block),
            "ICaL": (("drug", "multiple"), np.zeros_like(block)),
            "category": ("drug", np.array(["high", "intermediate", "low"], dtype=object)),
            "critical_multiple": ("drug", [1.0, 10.0, np.nan]),
            "critical_multiple_low": ("drug", [np.nan, 5.0, 400.0]),
            "critical_multiple_high": ("drug", [2.0, np.nan, np.nan]),
            "critical_multiple_status": ("drug", [0, 0, 1], STATUS),
            "critical_multiple_low_status": ("drug", [2, 0, 0], STATUS),
            "critical_multiple_high_status": ("drug", [0, 1, 1], STATUS),
            "smallest_multiple": 0.001,
            "largest_multiple": 1000.0,
        },
        {"drug": ["alpha", "beta", "gamma"], "multiple": multiple},
    )


RISKS = ("low", "intermediate", "high")


def classification_table(rows):
    """Return columns of rows (scenario, fitted to, scheme, drug, category, frequencies of low to high risk, metric)."""
    columns = {"scenario": [], "fitted_to": [], "scheme": [], "drug": [], "category": [], "majority": []}
    numbers = {
        name: []
        for name in (
            *("metric", "metric_low", "metric_high", "threshold_low_intermediate", "threshold_intermediate_high"),
            *(f"{kind}_{name}" for kind in ("frequency", "probability") for name in RISKS),
        )
    }
    for scenario, fitted_to, scheme, drug, category, frequency, metric in rows:
        texts = (scenario, fitted_to, scheme, drug, category, RISKS[int(np.argmax(frequency))])
        for column, text in zip(columns.values(), texts, strict=True):
            column.append(text)
        values = [metric, metric - 0.002, metric + 0.003, 0.07, 0.055, *frequency, *frequency]
        for column, value in zip(numbers.values(), values, strict=True):
            column.append(value)
    return {name: np.array(values) for name, values in (columns | numbers).items()}


PANEL_DRUGS = {"alpha": "high", "beta": "high", "gamma": "intermediate", "delta": "low", "omega": ""}
BASE = {
    "alpha": ((0.0, 0.1, 0.9), 0.04),
    "beta": ((0.0, 0.8, 0.2), 0.056),
    "gamma": ((0.3, 0.7, 0.0), 0.065),
    "delta": ((1.0, 0.0, 0.0), 0.08),
    "omega": ((0.0, 1.0, 0.0), 0.06),
}
SPREAD = BASE | {"gamma": ((0.6, 0.4, 0.0), 0.068), "beta": ((0.0, 0.4, 0.6), 0.05)}


@pytest.fixture
def classification():
    rows = []
    for scenario, fitted_to, scheme, values in (
        ("base", "base", "in sample", BASE),
        ("spread", "spread", "in sample", SPREAD),
        ("other", "other", "in sample", BASE),
        ("spread", "base", "in sample", BASE),
        ("base", "base", "leave one drug out", SPREAD),
    ):
        rows += [(scenario, fitted_to, scheme, drug, PANEL_DRUGS[drug], *values[drug]) for drug in PANEL_DRUGS]
    return classification_table(rows)


@pytest.fixture
def panel():
    qnet = np.array([0.07, 0.065, 0.06, 0.055])[None, :, None] + np.array([[0.0], [-0.02]])[..., None]
    qnet = qnet + np.array([-0.001, 0.0, 0.001])
    ead = np.zeros(qnet.shape, "i1")
    ead[1, 3, 0] = 1
    return xr.Dataset(
        {
            "qnet_uC_per_uF": (("drug", "dose", "sample"), qnet),
            "ead": (("drug", "dose", "sample"), ead),
            "category": ("drug", np.array(["low", "high"], dtype=object)),
        },
        {"drug": ["safe", "risky"], "dose": [1.0, 2.0, 3.0, 4.0]},
        {"control_qnet_uC_per_uF": 0.0712},
    )


@pytest.fixture
def methods():
    rows = []
    for name, shares in (
        (
            "good",
            [(0.0, 0.1, 0.9), (0.0, 0.3, 0.7), (0.1, 0.8, 0.1), (0.2, 0.6, 0.2), (0.9, 0.1, 0.0), (0.8, 0.2, 0.0)],
        ),
        (
            "poor",
            [(0.2, 0.3, 0.5), (0.3, 0.3, 0.4), (0.1, 0.4, 0.5), (0.9, 0.1, 0.0), (0.5, 0.5, 0.0), (0.1, 0.1, 0.8)],
        ),
    ):
        risks = ("high", "high", "intermediate", "intermediate", "low", "low")
        for k, (risk, share) in enumerate(zip(risks, shares, strict=True)):
            rows.append((name, name, "leave one drug out", f"drug-{k}", risk, share, 0.06))
    return classification_table(rows)


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
