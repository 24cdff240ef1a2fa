"""The Hill equation by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes.drugs import block_along_doses, blocks_at_dose, hill_block, read_drug_table
from pointes.errors import UserError


@pytest.mark.parametrize(
    ("concentration", "ic50", "hill", "block"),
    [
        (30, 10, 1, 0.75),
        (30, 10, 2, 0.9),
        (1, 4, 0.5, 1 / 3),
        (2, 1000, 1, 2 / 1002),
        (5, 5, 1.7, 0.5),
        (5, 5, 0.4, 0.5),
    ],
)
def test_block_by_hand(concentration, ic50, hill, block):
    assert hill_block(concentration, ic50, hill) == pytest.approx(block, rel=1e-14)


def test_block_lies_in_the_unit_interval_and_rises_with_the_dose():
    concentration = np.concatenate([[0.0], np.logspace(-12, 12, 200)])
    block = hill_block(concentration[:, None], np.array([1e-9, 3.0, 1e10]), np.array([0.5, 1.0, 2.0]))
    assert block[0].tolist() == [0, 0, 0]
    assert (block >= 0).all()
    assert (block <= 1).all()
    inside = block < 1 - 1e-12  # beyond, steps are lost in rounding
    assert (np.diff(block, axis=0)[inside[1:]] > 0).all()


def test_unknown_ic50_is_no_block():
    assert hill_block(1e6, np.array([np.nan, 10.0]), np.array([np.nan, 1.0])).tolist()[0] == 0


def test_doses_are_multiples_of_cmax_for_tables_and_for_draws():
    cmax = np.array([5.0, 20.0])
    ic50 = np.array([[10.0, np.nan], [20.0, 60.0]])
    multiples = np.array([1.0, 2.0, 3.0])
    block = block_along_doses(cmax, ic50, np.ones((2, 2)), multiples)
    np.testing.assert_allclose(block[0], [[1 / 3, 0], [1 / 2, 0], [3 / 5, 0]], rtol=1e-14)
    np.testing.assert_allclose(block[1], [[1 / 2, 1 / 4], [2 / 3, 2 / 5], [3 / 4, 1 / 2]], rtol=1e-14)
    draws = np.repeat(ic50[:, None], 4, axis=1)
    over_draws = block_along_doses(cmax[:, None], draws, np.ones((2, 4, 2)), multiples)
    assert over_draws.shape == (2, 4, 3, 2)
    np.testing.assert_array_equal(over_draws[:, 2], block)


def test_blocks_of_one_drug_at_a_dose(write):
    """Half block at the IC50; posterior medians before best fits; no block known, or none up to a limit, is none."""
    header = (
        "drug,cmax_nM,hERG_ic50_nM,hERG_ic50_q025_nM,hERG_ic50_median_nM,hERG_ic50_q975_nM,ICaL_ic50_nM,INaK_ic50_nM"
    )
    table = read_drug_table(
        write(header, "other,1,1,,,,1,1", "Mine,25,7,50,100,200,,>300"), (), ["IKr", "ICaL", "INaK"]
    )
    assert blocks_at_dose(table, "mine", 4) == {"IKr": 0.5, "ICaL": 0.0, "INaK": 0.0}
    assert blocks_at_dose(table, "mine", 0) == {"IKr": 0.0, "ICaL": 0.0, "INaK": 0.0}
    assert blocks_at_dose(table, "mine", 12, ["ICaL", "IKr"]) == pytest.approx({"ICaL": 0.0, "IKr": 0.75})


def test_blocks_of_a_drug_are_those_along_its_doses(cipa28):
    along = block_along_doses(cipa28.cmax_nM, *cipa28.point_estimate(), np.array([1.0, 8.0]))
    row = cipa28.names.index("diltiazem")  # whose best fit is a failed search
    assert list(blocks_at_dose(cipa28, "diltiazem", 8.0).values()) == along[row, 1].tolist()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("dofetilid", 1), r"unknown drug 'dofetilid'; .* did you mean dofetilide\?"),
        (("dofetilide", -1), "dose: -1; expected a finite number from 0 on"),
        (("dofetilide", np.inf), "dose: inf; expected a finite number from 0 on"),
        (("dofetilide", 1, ["INaK"]), "unknown channel 'INaK'; expected one of IKr, ICaL"),
    ],
)
def test_dose_of_a_drug_that_the_table_does_not_have(cipa28, asked, message):
    with pytest.raises(UserError, match=message):
        blocks_at_dose(cipa28, *asked)


@given(
    concentrations=st.lists(st.floats(0.0, 1e12), min_size=2, max_size=8),
    ic50_nM=st.floats(1e-3, 1e10),
    hill=st.floats(0.01, 20.0),
)
def test_block_rises_with_the_concentration_between_0_and_1(concentrations, ic50_nM, hill):
    block = hill_block(np.sort(concentrations), ic50_nM, hill)
    assert (block >= 0).all()
    assert (block <= 1).all()
    assert (np.diff(block) >= 0).all()
