"""What the page of a campaign holds of its files."""

import numpy as np
import pytest

from pointes import drugs
from pointes.campaign.files import store, surrogate
from pointes.explorer import campaign
from pointes.netcdf import load_dataset

from ...explored import TABLE, UNITS


def test_axes_have_ranges_units_and_where_they_are_held(blocks, rhythms, data_of):
    block = data_of(blocks.page)["axes"][0]
    assert block == {
        "name": "IKr",
        "title": "block of IKr",
        "unit": "",
        "isBlock": True,
        "low": 0.0,
        "high": 1.0,
        "log": False,
        "held": 0.0,
    }
    rhythm = data_of(rhythms.page)["axes"][0]
    assert (rhythm["title"], rhythm["unit"], rhythm["log"], rhythm["held"]) == ("cycle length", "ms", True, 2000.0)


def test_simulations_have_labels_purposes_and_results(blocks, data_of):
    shown, samples = data_of(blocks.page)["samples"], store.read(blocks.files["simulations"])
    assert shown["id"] == samples["sample_id"].tolist()
    assert shown["label"] == samples["label"].tolist()
    assert shown["purpose"][:2] == ["control", "start"]
    first, *others = shown["biomarkers"]
    assert (first["title"], first["unit"], first["first"]) == ("APD90", "ms", True)
    np.testing.assert_allclose(np.array(first["values"], float), samples["apd90_ms"], rtol=1e-4)
    assert "predicted_risk" not in str(others)


def test_recordings_belong_to_their_simulations(blocks, data_of):
    shown, recordings = data_of(blocks.page)["recordings"], load_dataset(blocks.files["recordings"])
    assert shown["row"] == recordings["sample_id"].values.tolist()
    assert (shown["unit"], shown["isPotential"]) == ("mV", True)
    assert shown["curves"]["shape"] == list(recordings["v_mV"].shape)


def test_drugs_have_the_parameters_of_the_table(blocks, data_of):
    shown = data_of(blocks.page)["drugs"]
    table = drugs.read_drug_table(TABLE, blocks.space.blocks, drugs.SCORED).select(tuple(blocks.space.blocks))
    row = shown["name"].index("verapamil")
    assert shown["channels"] == ["IKr", "ICaL", "INaL"]
    np.testing.assert_allclose(np.array(shown["ic50"][row], float), table.point_estimate()[0][row])
    assert shown["cmax"][row] == 81.0
    assert shown["critical"][0]["status"][shown["name"].index("ibutilide")] in ("reached", "below_smallest_dose")


def test_quantities_have_titles_and_units(rhythms, data_of):
    data = data_of(rhythms.page)
    assert [(one["title"], one["unit"]) for one in data["quantities"]] == [("APD90", "ms"), ("qNet", "µC/µF")]
    assert data["drugs"] is None
    assert set(data["parts"]) == {*UNITS, "region"}


def test_the_same_files_give_the_same_bytes(blocks):
    assert campaign.render("blocks", {}, **blocks.files) == blocks.page.read_text(encoding="utf-8")


def test_where_nothing_was_learned_the_page_says_why(tmp_path, blocks, data_of):
    files = blocks.files | {"surrogate": tmp_path / "surrogate.nc"}
    surrogate.write(files["surrogate"], blocks.learned, blocks.space, "no simulation succeeded")
    page = tmp_path / "explore.html"
    page.write_text(campaign.render("nothing", {}, **files), encoding="utf-8")
    assert data_of(page)["warning"] == "Nothing was learned, because no simulation succeeded."
    assert data_of(page)["parts"] == {}


def test_a_surrogate_that_is_too_large_is_left_out(tmp_path, blocks, data_of, monkeypatch):
    monkeypatch.setattr(campaign, "LARGEST_SURROGATE", 1000)
    page = tmp_path / "explore.html"
    page.write_text(campaign.render("large", {}, **blocks.files), encoding="utf-8")
    assert data_of(page)["warning"].startswith("The surrogate is too large for this page")
    assert data_of(page)["parts"] == {}
    assert data_of(page)["samples"]["id"] == data_of(blocks.page)["samples"]["id"]


@pytest.mark.parametrize("made", ["blocks", "rhythms"])
def test_pages_name_no_folder(made, request):
    made = request.getfixturevalue(made)
    assert str(made.page.parent) not in made.page.read_text(encoding="utf-8")
