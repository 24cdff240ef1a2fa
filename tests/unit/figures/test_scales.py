import numpy as np
import pytest
import xarray as xr

from pointes.figures import scales


@pytest.fixture
def plane():
    return {"IKr": np.linspace(0, 1, 11), "ICaL": np.linspace(0, 1, 6)}


@pytest.fixture
def risk(plane):
    latent = np.broadcast_to(plane["IKr"] - 0.75, (6, 11))
    fields = {"risk": 1 / (1 + np.exp(-40 * latent))}
    return xr.Dataset({name: (("ICaL", "IKr"), values) for name, values in fields.items()}, plane)


@pytest.fixture
def cells(plane):
    """Endocardial cells are never arrhythmic; mid-myocardial ones beyond 0.45, but do not capture at 1."""
    mid = np.broadcast_to(np.where(plane["IKr"] == 1, -1, plane["IKr"] > 0.45), (6, 11))
    label = np.stack([np.zeros_like(mid), mid]).astype(np.int8)
    return xr.Dataset({"label": (("celltype", "ICaL", "IKr"), label)}, {**plane, "celltype": ["endo", "mid"]})


@pytest.fixture
def simulations():
    columns = {
        "IKr": [0.1, 0.5, 0.9],
        "ICaL": [0.2, 0.4, 0.6],
        "qt_ms": [330.0, 450.0, np.nan],
        "label": [0.0, 0.0, 1.0],
    }
    return xr.Dataset({name: ("sample", values) for name, values in columns.items()})


def test_shares_of_tissue_and_cells(risk, cells):
    shares = scales.summarise(risk, cells)
    assert shares.tissue == pytest.approx(3 / 11)
    assert shares.cells == {"endo": 0.0, "mid": pytest.approx(5 / 10)}


def test_map_and_intervals_are_drawn(risk, cells, simulations):
    figure = scales.draw(risk, cells, simulations)
    left, right, *_ = figure.axes
    assert right.get_title(loc="left") == "QT of 2 of 3 simulations;\nthe others have no T wave that ends"
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["tissue (27 % arrhythmic)", "endo cell (0 %)", "mid cell (50 %)"]
    assert left.get_xlabel() == "block of IKr (fraction)"


def test_where_nothing_was_learned_no_share_is_claimed(risk, cells, simulations):
    nothing = xr.full_like(risk, np.nan).assign_attrs(nothing_learned="no simulation was safe")
    cells["label"][1] = -1
    figure = scales.draw(nothing, cells, simulations)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["endo cell (0 %)", "mid cell (no label)"]
    assert figure.axes[0].get_title("left") == "tissue: Nothing was learned, because no simulation was safe."


def test_legends_have_no_entry_without_a_mark(risk, cells, simulations):
    """No endocardial cell is arrhythmic, and no arrhythmic cable has a QT interval: there is neither line nor point."""
    figure = scales.draw(risk, cells, simulations)
    lines = {line.get_label(): line.get_linestyle() for line in figure.legends[0].get_lines()}
    assert lines == {"tissue (27 % arrhythmic)": "-", "endo cell (0 %)": "None", "mid cell (50 %)": "-."}
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["safe"]


def test_it_says_that_no_t_wave_ends(risk, cells, simulations):
    simulations["qt_ms"][:] = np.nan
    _, right = scales.draw(risk, cells, simulations).axes  # nor is there a colour bar
    assert [text.get_text() for text in right.texts] == ["none of the 3 simulations has a T wave that ends"]
    assert not right.axison


def test_cells_have_no_interval(risk, cells, simulations):
    simulations["fidelity"] = ("sample", [1, 0, 1], {"flag_meanings": "cell cable"})
    right = scales.draw(risk, cells, simulations).axes[1]
    assert right.get_title(loc="left") == "QT of 1 of 2 simulations;\nthe others have no T wave that ends"
