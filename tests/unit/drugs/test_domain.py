"""The domain of a classification: ranges of block, and distance from the nearest drug."""

import numpy as np

from pointes.drugs import excesses, nearest
from pointes.drugs.domain import RESOLVED, TOGETHER

CHANNELS = ("IKr", "ICaL")
BLOCKS = np.array([[0.0, 0.0], [0.3, 0.0], [0.6, 0.1], [0.0, 0.4], [0.2, 0.3]])


def test_drugs_of_the_panel_are_inside():
    for block in BLOCKS:
        assert excesses(block, CHANNELS, BLOCKS) == []


def test_block_beyond_that_of_every_drug_is_outside_by_the_difference():
    assert excesses(np.array([0.6 + RESOLVED, 0.1]), CHANNELS, BLOCKS) == []
    (excess,) = excesses(np.array([0.75, 0.1]), CHANNELS, BLOCKS)
    assert (excess.what, excess.value, excess.limit) == ("IKr", 0.75, 0.6)
    assert str(excess) == "block of IKr is 0.75, 0.15 beyond the 0.60 of the drugs of the panel"


def test_a_combination_that_no_drug_has_is_outside_although_each_channel_is_in_its_range():
    alone = np.arange(7)[:, None] / 10 * np.eye(2)[:, None]  # drugs that block one channel, 0.1 apart
    (together,) = excesses(np.array([0.6, 0.4]), CHANNELS, alone.reshape(-1, 2))
    assert together.what == TOGETHER
    assert np.isclose(together.value, 0.4)  # from (0.6, 0)
    assert np.isclose(together.limit, 0.1)
    assert str(together).startswith("blocks of all channels together: distance 0.40 from the nearest drug, 0.30 beyond")


def test_the_nearest_drug_has_the_most_similar_blocks():
    drug, distance = nearest(np.array([0.25, 0.3]), tuple("abcde"), BLOCKS)
    assert drug == "e"
    assert np.isclose(distance, 0.05)
