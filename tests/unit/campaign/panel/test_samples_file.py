"""Joint samples in netCDF files, and the samples of a scenario."""

from pathlib import Path

import numpy as np
import pytest

from pointes.campaign.panel import samples_file
from pointes.drugs import CHANNELS, read_drug_table
from pointes.errors import UserError

PROJECT = Path(__file__).parents[4]
JOINT = PROJECT / "config/drugs/cipa28_samples.nc"


@pytest.fixture(scope="module")
def table():
    return read_drug_table(PROJECT / "config/drugs/cipa28.csv", (), CHANNELS)


def chosen(table, **options):
    given = {
        "joint": JOINT,
        "count": 50,
        "laboratory_sd": None,
        "channels": None,
        "seed": 1,
        "where": "panel.scenarios.a",
    } | options
    return samples_file.scenario_samples(table, **given)


def test_the_samples_of_cipa_are_those_of_the_table(table):
    samples = samples_file.read_joint_samples(JOINT)
    assert samples.count == 2000
    assert set(samples.names) == set(table.names)
    assert samples.channels[0] == "IKr"
    assert samples.binds.all()
    median = np.median(samples.of(table.names).ic50_nM[:, :, 0], axis=1)
    ikr = table.select(["IKr"])
    np.testing.assert_allclose(median, ikr.ic50_posterior_nM[:, 0, 1], rtol=1e-3)


def test_samples_survive_a_file(table, tmp_path):
    samples = chosen(table, count=3)
    samples_file.write_joint_samples(tmp_path / "samples.nc", samples)
    again = samples_file.read_joint_samples(tmp_path / "samples.nc")
    assert (again.names, again.channels) == (samples.names, samples.channels)
    for name in ("ic50_nM", "hill", "binding"):
        np.testing.assert_array_equal(getattr(again, name), getattr(samples, name))


def test_more_samples_begin_with_the_same_ones(table):
    few, many = chosen(table, count=3, laboratory_sd=0.3), chosen(table, count=9, laboratory_sd=0.3)
    np.testing.assert_array_equal(many.ic50_nM[:, :3], few.ic50_nM)
    np.testing.assert_array_equal(many.binding[:, :3], few.binding)


def test_other_channels_than_the_chosen_ones_are_not_blocked(table):
    four = chosen(table, count=3, channels=("IKr", "ICaL", "INaL", "INa"))
    every = chosen(table, count=3)
    np.testing.assert_array_equal(four.ic50_nM[..., :4], every.ic50_nM[..., :4])
    assert np.isfinite(every.ic50_nM[..., 4:]).any()
    assert np.isnan(four.ic50_nM[..., 4:]).all()
    np.testing.assert_array_equal(four.binding, every.binding)


def test_too_many_samples_are_refused(table):
    with pytest.raises(UserError, match=r"panel\.scenarios\.a\.samples: 2001; expected at most 2000"):
        chosen(table, count=2001)


def test_without_joint_samples_the_quantiles_are_drawn_from(table):
    drawn = chosen(table, joint=None, count=400)
    assert not drawn.binds.any()
    column = drawn.channels.index("IKr")
    median = np.median(np.log10(drawn.ic50_nM[:, :, column]), axis=1)
    np.testing.assert_allclose(median, np.log10(table.select(["IKr"]).ic50_posterior_nM[:, 0, 1]), atol=0.02)


def test_point_estimates_are_repeated(table):
    samples = samples_file.point_estimates(table, 4)
    ic50_nM, _ = table.point_estimate()
    np.testing.assert_array_equal(samples.ic50_nM, np.repeat(ic50_nM[:, None], 4, axis=1))


@pytest.mark.parametrize("text", ["", "no netCDF file"])
def test_a_file_of_another_kind_is_refused(tmp_path, text):
    path = tmp_path / "samples.nc"
    path.write_text(text)
    with pytest.raises(UserError, match=r"samples\.nc: cannot read joint samples from this file"):
        samples_file.read_joint_samples(path)


def test_the_spread_between_laboratories_is_the_median_for_other_drugs(tmp_path):
    path = tmp_path / "spread.csv"
    path.write_text("drug,between_site_sd_log10\na,0.2\nb,0.4\nc,0.6\nd,\n")
    assert samples_file.read_laboratory_spread(path, ("a", "d", "z")) == {"a": 0.2, "d": 0.4, "z": 0.4}
    path.write_text("drug,between_site_sd_log10\na,-1\n")
    with pytest.raises(UserError, match=r"between_site_sd_log10: '-1'; expected a number from 0 to 2"):
        samples_file.read_laboratory_spread(path, ("a",))
