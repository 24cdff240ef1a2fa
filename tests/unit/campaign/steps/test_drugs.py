"""The drugs of a table on the risk map."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes.campaign.files.results import read_result
from pointes.campaign.steps import drugs as drugs_step
from pointes.campaign.steps.risk_map import write_risk_map
from pointes.files import write_json
from pointes.learning import GaussianProcessClassifier

from .conftest import RANGES, Ramp

PROJECT = Path(__file__).parents[4]


def test_drugs_are_placed_with_the_maps_channels(tmp_path):
    table = PROJECT / "config/drugs/cipa28.csv"
    options = {"largest": 100.0, "draws": 5, "seed": 1}
    drugs, risks = drugs_step.place_drugs(table, Ramp().predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_drugs(tmp_path / "drugs.nc", drugs, risks, RANGES)
    control = {"risk": 0.00123456, "state": "safe", "remark": "", "apd90_ms": 424.61, "qnet_uC_per_uF": None}
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, control)
    write_json(tmp_path / "classification.json", drugs_step.classify(drugs, risks, draws=5, seed=1))
    with xarray.open_dataset(tmp_path / "drugs.nc") as placed:
        np.testing.assert_array_equal(placed["multiple"], [1, 8])
        assert placed["IKr"].dims == ("drug", "multiple")
        beyond = placed["ICaL"] > 0.5
        assert beyond.any()
        np.testing.assert_array_equal(placed["risk"].isnull(), beyond)
        np.testing.assert_array_equal(
            placed["risk"].where(~beyond, 0), (placed["IKr"] - 0.5 > placed["ICaL"]) & ~beyond
        )
        assert np.all(placed["IKr"].sel(multiple=8) >= placed["IKr"].sel(multiple=1))
        named = placed["critical_multiple"].sel(drug="dofetilide")
        name, columns = read_result(str(tmp_path / "drugs.csv"))
        assert name == "drugs"
        row = list(columns["drug"]).index("dofetilide")
        assert columns["critical_multiple"][row] == pytest.approx(float(named), rel=1e-3)
        of_control = [name for name in columns if name.startswith("control_")]
        assert of_control == ["control_risk", "control_state", "control_apd90_ms", "control_qnet_uC_per_uF"]
        assert set(columns["control_risk"]) == {0.001235}
        assert set(columns["control_state"]) == {"safe"}
        assert np.isnan(columns["control_qnet_uC_per_uF"]).all()
        assert float(placed["largest_multiple"]) == 100
        status = placed["critical_multiple_status"]
        assert placed["critical_multiple"].attrs["ancillary_variables"] == status.name
        words = np.array(status.attrs["flag_meanings"].split())[status]
        assert {"reached", "not_reached", "beyond_map"} <= set(words)
        np.testing.assert_array_equal(placed["critical_multiple"].notnull(), words == "reached")
    ranks = list(zip(columns["drug"], columns["critical_multiple_status"], columns["critical_multiple"], strict=True))
    assert {drug: word for drug, word, _ in ranks} == dict(zip(drugs.names, words, strict=True))
    order = [word for _, word, _ in ranks]
    assert order == sorted(order, key=["below_smallest_dose", "reached", "not_reached", "beyond_map"].index)
    reached = [value for _, word, value in ranks if word == "reached"]
    assert reached == sorted(reached)
    assert all(np.isnan(value) for _, word, value in ranks if word != "reached")
    assert set(columns["largest_multiple"]) == {100}
    assert set(columns["smallest_multiple"]) == {0.001}
    assert "inf" not in (tmp_path / "drugs.csv").read_text()
    scores = json.loads((tmp_path / "classification.json").read_text())
    assert {"critical multiple", "hERG margin"} <= set(scores)
    assert 0 <= scores["critical multiple"]["high_vs_rest"]["value"] <= 1
    assert scores["critical multiple"]["n_drugs"] == 28 - order.count("beyond_map")
    assert scores["hERG margin"]["n_drugs"] == 28


def test_of_drugs_that_do_not_reach_it_the_one_that_may_is_written_first(tmp_path):
    """The third one crosses between 60 and 600 x Cmax, beyond the largest dose in most draws."""
    (tmp_path / "table.csv").write_text(
        "drug,cmax_nM,IKr_ic50_nM,ICaL_ic50_nM,IKr_ic50_q025_nM,IKr_ic50_q975_nM\n"
        "none,10,,,,\nsure,10,99,,,\nunsure,10,2000,,600,6000\n"
    )
    options = {"largest": 100.0, "draws": 50, "seed": 1}
    drugs, risks = drugs_step.place_drugs(tmp_path / "table.csv", Ramp().predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, {"risk": None, "state": "safe", "remark": ""})
    _, columns = read_result(str(tmp_path / "drugs.csv"))
    assert list(columns["drug"]) == ["sure", "unsure", "none"]
    assert columns["critical_multiple"][0] == pytest.approx(9.9, rel=1e-3)
    assert list(columns["critical_multiple_status"][1:]) == ["not_reached", "not_reached"]
    assert list(columns["critical_multiple_low_status"]) == ["uncertainty_unknown", "reached", "uncertainty_unknown"]


def test_where_nothing_was_learned_no_drug_is_placed(tmp_path):
    """The untrained classifier predicts one half everywhere; its map and its drugs are empty."""
    untrained, reason = GaussianProcessClassifier.fit(np.empty((0, 2)), [], RANGES.bounds), "all went wrong"
    options = {"largest": 100.0, "draws": 5, "seed": 1, "nothing_learned": reason}
    table = PROJECT / "config/drugs/cipa28.csv"
    drugs, risks = drugs_step.place_drugs(table, untrained.predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_drugs(tmp_path / "drugs.nc", drugs, risks, RANGES, reason)
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, {"risk": None, "state": "safe", "remark": ""})
    write_risk_map(tmp_path / "risk_map.nc", untrained, RANGES, reason)
    with (
        xarray.open_dataset(tmp_path / "drugs.nc") as placed,
        xarray.open_dataset(tmp_path / "risk_map.nc") as risk_map,
    ):
        assert placed.attrs["nothing_learned"] == risk_map.attrs["nothing_learned"] == reason
        for name in ("critical_multiple", "critical_multiple_low", "critical_multiple_high", "risk", "risk_high"):
            assert placed[name].isnull().all()
        assert placed["IKr"].notnull().all()
        for name in ("risk", "latent_mean", "latent_sd"):
            assert risk_map[name].isnull().all()
    _, columns = read_result(str(tmp_path / "drugs.csv"))
    assert (
        set(columns["critical_multiple_status"]) == set(columns["critical_multiple_low_status"]) == {"nothing_learned"}
    )
    for name in ("critical_multiple", "critical_multiple_high", "risk_at_1_cmax"):
        assert np.isnan(columns[name]).all()
    scores = drugs_step.classify(drugs, risks, draws=5, seed=1)
    assert scores["critical multiple"]["high_vs_rest"]["value"] is None
    assert scores["hERG margin"]["high_vs_rest"]["value"] > 0.5
