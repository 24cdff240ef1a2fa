"""The table that ships with pointes."""

import numpy as np


def test_drugs_and_categories(cipa28):
    assert len(cipa28.names) == 28
    assert [cipa28.risk.count(category) for category in ("high", "intermediate", "low")] == [8, 11, 9]
    assert cipa28.channels == ("IKr", "ICaL", "INaL", "INa", "Ito", "IKs", "IK1")


def test_known_numbers(cipa28):
    dofetilide, astemizole = cipa28.names.index("dofetilide"), cipa28.names.index("astemizole")
    assert cipa28.cmax_nM[dofetilide] == 2
    assert cipa28.ic50_nM[dofetilide, 0] == 13.63
    assert cipa28.hill[dofetilide, 0] == 1.283
    assert cipa28.ic50_posterior_nM[dofetilide, 1].tolist() == [1493.78, 4.6515e6, 7.47442e9]
    assert cipa28.hill_posterior[astemizole, 0].tolist() == [1.246, 1.654, 1.978]


def test_what_was_not_measured_is_unknown(cipa28):
    unknown = np.isnan(cipa28.ic50_nM)
    assert not unknown[:, :4].any(), "IKr, ICaL, INaL and INa were measured for all drugs"
    assert unknown[12:, 4:].all(), "Ito, IKs and IK1 were not measured for the validation drugs"
    np.testing.assert_array_equal(np.isnan(cipa28.ic50_posterior_nM).any(axis=2), unknown)
