"""The reference panel: what is kept of a static scenario, and which panels are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pointes import drugs, netcdf
from pointes.campaign.files.results import variable
from pointes.campaign.panel import reference as module
from pointes.campaign.panel.reference import QNET, load_reference, make_reference, read_reference, write_reference
from pointes.campaign.panel.samples_file import write_joint_samples
from pointes.drugs import BINDING, DrugSamples
from pointes.errors import UserError

SAMPLES = DrugSamples(
    names=("a", "b"),
    channels=("IKr", "ICaL"),
    ic50_nM=np.array([[[10.0, np.nan]] * 3, [[30.0, 60.0]] * 3]),
    hill=np.array([[[1.0, np.nan]] * 3, [[1.0, 1.0]] * 3]),
    binding=np.full((2, 3, len(BINDING)), np.nan),
)
PROTOCOL = {"cycle_length": 2000.0, "beats": 1000, "until_steady": True, "label_beats": 4, "tolerance": 1e-4}


@pytest.fixture
def scenario(tmp_path):
    """Returns the files of a scenario: drugs a and b, a combination of both, five doses and three samples."""
    qnet = np.arange(45.0).reshape(3, 5, 3) / 100
    label = np.zeros((3, 5, 3), np.int8)
    label[1, 2, 0], label[0, 1, 1], qnet[0, 1, 1] = 1, -1, np.nan
    along = ("drug", "dose", "sample")
    variables = {
        "drug": variable(("drug",), np.array(["b", "a", "a with b"]), "drug"),
        "dose": variable(("dose",), np.array([0.5, 1.0, 2.0, 3.0, 4.0]), "dose", "1"),
        "category": variable(("drug",), np.array(["high", "low", ""]), "category"),
        "cmax": variable(("drug",), np.array([30.0, 10.0, 40.0]), "Cmax", "nmol L-1"),
        QNET: variable(along, qnet, "qNet", "uC uF-1", fill_value=np.nan),
        "label": variable(along, label, "label", fill_value=np.int8(-1)),
    }
    attributes = {
        "config": json.dumps({"name": "x", **{f"protocol.{name}": value for name, value in PROTOCOL.items()}}),
        "scenario": json.dumps({"model": {"name": "ohara-cipa-2017", "celltype": "endo"}, "cycle_length": None}),
        f"control_{QNET}": 0.07,
    }
    netcdf.write(tmp_path / "panel.nc", variables, attributes)
    write_joint_samples(tmp_path / "samples.nc", SAMPLES)
    return tmp_path / "panel.nc", tmp_path / "samples.nc"


def test_drugs_of_known_category_are_kept_at_the_doses_of_the_metric(scenario):
    reference = make_reference(*scenario)
    assert (reference.drugs, reference.category) == (("b", "a"), ("high", "low"))
    assert reference.qnet.shape == (2, 4, 3)
    assert reference.qnet[0, 0, 0] == 0.03  # of 1 x Cmax, the second dose of the file
    np.testing.assert_allclose(reference.block[0, :, 1], [30 / 90, 60 / 120, 90 / 150, 120 / 180])
    np.testing.assert_array_equal(reference.block[1, :, 1], np.zeros(4))
    assert (reference.model, reference.celltype, dict(reference.protocol)) == ("ohara-cipa-2017", "endo", PROTOCOL)


def test_the_metric_of_an_arrhythmic_sample_is_below_all_others_and_of_a_failed_one_unknown(scenario):
    metric = make_reference(*scenario).metric
    assert metric[1, 0] == -np.inf
    assert np.isnan(metric[0, 1])
    assert metric[0, 0] == pytest.approx(np.mean([0.03, 0.06, 0.09, 0.12]))


def test_a_reference_is_read_as_it_was_written(scenario, tmp_path):
    reference = make_reference(*scenario)
    write_reference(tmp_path / "reference.nc", reference)
    again = load_reference(tmp_path / "reference.nc")
    for name in ("drugs", "category", "channels", "control_qnet", "model", "celltype", "protocol", "attributes"):
        assert getattr(again, name) == getattr(reference, name)
    np.testing.assert_allclose(again.qnet, reference.qnet, rtol=1e-6)
    np.testing.assert_array_equal(again.label, reference.label)
    np.testing.assert_array_equal(again.block, reference.block)


def test_a_scenario_needs_the_doses_of_the_metric(scenario, monkeypatch):
    monkeypatch.setattr(module, "METRIC_DOSES", (1.0, 2.5))
    with pytest.raises(UserError, match=r"doses: .*expected 1, 2, 3 and 4 times Cmax among them"):
        make_reference(*scenario)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"learning": {}}, "a campaign that learns a map; expected a panel campaign with a scenario of static block"),
        (
            {"panel": {"scenarios": {"dynamic": {"binding": "dynamic"}}}},
            "no static scenario among dynamic; thresholds of dynamic binding do not hold for static block",
        ),
        (
            {"panel": {"scenarios": {"spread": {"binding": "static", "laboratory_sd": 0.3}}}},
            "no static scenario among spread",
        ),
        ({"panel": {"scenarios": {"static": {"binding": "static"}}}}, "let `snakemake` finish this campaign first"),
    ],
)
def test_a_campaign_without_results_of_static_block_is_refused(tmp_path, monkeypatch, config, message):
    monkeypatch.setattr(module.identity, "read", lambda folder: {"config": config})
    with pytest.raises(UserError) as error:
        load_reference(tmp_path)
    assert message in str(error.value)


def test_a_file_that_is_no_reference_is_refused(tmp_path, scenario):
    with pytest.raises(UserError, match="no such file or folder; expected the results folder of a panel campaign"):
        load_reference(tmp_path / "nothing")
    with pytest.raises(UserError, match=r"panel.nc: damaged"):
        read_reference(scenario[0])


def test_the_packaged_reference_has_the_drugs_of_cipa_and_fits_the_ordinal_model():
    reference = load_reference()
    assert len(reference.drugs) == 28
    assert {name: reference.category.count(name) for name in ("low", "intermediate", "high")} == {
        "low": 9,
        "intermediate": 11,
        "high": 8,
    }
    assert np.isfinite(reference.qnet).mean() > 0.95
    model = drugs.fit_ordinal(reference.metric, drugs.codes(reference.category))
    thresholds = model.thresholds()
    assert thresholds.intermediate_high < reference.control_qnet
    assert thresholds.intermediate_high < thresholds.low_intermediate
    assert replace(reference, drugs=()).metric.shape == (28, reference.qnet.shape[2])
