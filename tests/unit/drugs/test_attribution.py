"""Shapley values of the channels that a compound blocks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pointes import drugs
from pointes.drugs import shapley_values, subsets

METRICS = st.integers(0, 5).flatmap(lambda k: arrays(float, 2**k, elements=st.floats(-1, 1)))


@given(METRICS)
def test_values_add_up_to_the_whole_effect(metric):
    assert np.isclose(shapley_values(metric).sum(), metric[-1] - metric[0])


@given(arrays(float, 4, elements=st.floats(-1, 1)))
def test_values_of_effects_that_add_are_these_effects(effects):
    assert np.allclose(shapley_values(subsets(4) @ effects), effects)


def test_values_are_means_over_all_orders():
    """The glove game: of three players, the first has a left glove and the others a right one each."""
    blocked = subsets(3)
    pair = blocked[:, 0] & (blocked[:, 1] | blocked[:, 2])
    assert np.allclose(shapley_values(pair.astype(float)), [4 / 6, 1 / 6, 1 / 6])


def test_a_channel_without_effect_has_none_and_equal_channels_have_equal_values():
    blocked = subsets(3)
    metric = np.tanh(blocked[:, 0] + blocked[:, 2].astype(float))
    first, second, third = drugs.shapley_values(metric)
    assert second == 0
    assert np.isclose(first, third)
