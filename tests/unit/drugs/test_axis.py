"""The axis of arrhythmia against the numbers of Heitmann et al. (2023), doi:10.7554/eLife.90027."""

import numpy as np
import pytest

from pointes.drugs import AXIS, along_axis, axis_scores, read_drug_table, susceptible_share

HEAD = "drug,cmax_nM,IKr_ic50_nM,ICaL_ic50_nM"
LINEZOLID = "linezolid,59110,1147200,105400"  # Kramer et al. 2013, as in the published set


def test_linezolid_from_its_half_blocks(write):
    table = read_drug_table(write(HEAD, LINEZOLID), ["IKr", "ICaL"])
    scores = axis_scores(table, np.array([0.0, 25.0]))
    assert scores.score[0].round(2).tolist() == [0.0, -1.18]
    assert scores.unknown == (("INaL", "IKs"),)


def test_ajmaline_from_its_published_shares():
    """Shares of ICaL and IKr that are left at 25 times Cmax: figure 5."""
    assert along_axis(np.log([0.654, 0.0986, 1, 1])) == pytest.approx(1.16, abs=0.005)


def test_block_of_each_channel_counts_with_its_own_sign():
    steps = along_axis(-np.eye(4))
    assert dict(zip(AXIS, np.sign(steps), strict=True)) == {"ICaL": -1, "IKr": 1, "INaL": -1, "IKs": 1}
    assert np.sum(steps**2) == pytest.approx(1), "the axis has length 1"


def test_hill_coefficients_are_not_used(write):
    plain = read_drug_table(write(HEAD, LINEZOLID), ["IKr", "ICaL"])
    steep = read_drug_table(write(f"{HEAD},IKr_hill", f"{LINEZOLID},2"), ["IKr", "ICaL"])
    doses = np.array([5.0])
    assert axis_scores(plain, doses).score == axis_scores(steep, doses).score


def test_a_limit_is_no_known_half_block(write):
    scores = axis_scores(read_drug_table(write(HEAD, "a,10,100,>30000"), ["IKr", "ICaL"]), np.array([10.0]))
    assert scores.unknown == (("ICaL", "INaL", "IKs"),)
    assert scores.score[0, 0] == pytest.approx(np.log(2) * 2.471 / 4.0113, rel=1e-4)


@pytest.mark.parametrize(
    ("score", "percent", "rounding"), [(0, 0.93, 0.005), (1.16, 26, 0.5), (-1.18, 0.0095, 5e-5), (1.44, 41.5, 0.05)]
)
def test_published_susceptible_shares(score, percent, rounding):
    """Without a drug, ajmaline and linezolid at 25 times Cmax, ibutilide at 10 times Cmax."""
    assert 100 * susceptible_share(score) == pytest.approx(percent, abs=rounding)


def test_drugs_of_cipa_that_lack_iks_are_the_validation_drugs(cipa28):
    scores = axis_scores(cipa28, np.array([1.0, 25.0]))
    assert [bool(channels) for channels in scores.unknown] == [False] * 12 + [True] * 16
    assert scores.score.shape == (28, 2)
