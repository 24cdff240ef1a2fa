"""Draws of Hill parameters: they have the quantiles of the table, and belong to one drug's channel and a seed only."""

import numpy as np
import pytest

from pointes.drugs import block_along_doses, draw_hill, read_drug_table

QUANTILES = [0.025, 0.5, 0.975]
COLUMNS = (
    "IKr_ic50_nM,IKr_ic50_q025_nM,IKr_ic50_median_nM,IKr_ic50_q975_nM,"
    "IKr_hill_q025,IKr_hill_median,IKr_hill_q975,IKr_correlation"
)
TIGHT = "100,60,110,300,0.8,1.1,1.3,-0.6"
NO_BLOCK = "7.94e9,1494,4.65e6,7.5e9,0.535,1.3,1.966,0"  # dofetilide and ICaL, tested up to 100 nM


@pytest.fixture
def table(write):
    return read_drug_table(
        write(f"drug,cmax_nM,{COLUMNS}", f"tight,1,{TIGHT}", f"wide,1,{NO_BLOCK}", "point,1,42,,,,,,,"), ["IKr"]
    )


def test_draws_have_the_quantiles_of_the_table(table):
    draws = draw_hill(table, n_draws=4000)
    for drug in (0, 1):
        ic50 = np.quantile(np.log10(draws.ic50_nM[drug, :, 0]), QUANTILES)
        np.testing.assert_allclose(ic50, np.log10(table.ic50_posterior_nM[drug, 0]), atol=0.005)
        hill = np.quantile(draws.hill[drug, :, 0], QUANTILES)
        np.testing.assert_allclose(hill, table.hill_posterior[drug, 0], rtol=0.02)


def test_the_default_number_of_draws_meets_the_quantiles_already(table):
    ic50 = np.quantile(np.log10(draw_hill(table).ic50_nM[0, :, 0]), QUANTILES)
    np.testing.assert_allclose(ic50, np.log10(table.ic50_posterior_nM[0, 0]), atol=0.02)


def test_symmetric_bounds_are_a_log_normal_distribution(write):
    path = write("drug,cmax_nM,IKr_ic50_nM,IKr_ic50_q025_nM,IKr_ic50_q975_nM", "a,1,100,50,200")
    log_ic50 = np.log(draw_hill(read_drug_table(path, ["IKr"]), n_draws=4000).ic50_nM[0, :, 0])
    assert log_ic50.mean() == pytest.approx(np.log(100), abs=1e-3)
    assert log_ic50.std() == pytest.approx(np.log(2) / 1.959964, rel=5e-3)


def test_correlation_of_log_ic50_with_hill(table):
    draws = draw_hill(table, n_draws=4000)
    assert np.corrcoef(np.log(draws.ic50_nM[0, :, 0]), draws.hill[0, :, 0])[0, 1] == pytest.approx(-0.6, abs=0.03)
    assert np.corrcoef(np.log(draws.ic50_nM[1, :, 0]), draws.hill[1, :, 0])[0, 1] == pytest.approx(0, abs=0.05)


def test_an_unidentified_ic50_never_reaches_into_the_tested_range(table):
    """The flat posterior of a channel without block ends near ten times the highest tested concentration."""
    ic50 = draw_hill(table, n_draws=4000).ic50_nM[1, :, 0]
    low, median, high = np.log10(table.ic50_posterior_nM[1, 0])
    edges = [low - (median - low) / 19, high + (high - median) / 19]  # 2.5 % of the draws beyond either bound
    assert 900 < 10 ** edges[0] < ic50.min()
    assert np.log10(ic50.max()) < edges[1]
    shares, _ = np.histogram(np.log10(ic50), bins=np.linspace(low, median, 6))
    np.testing.assert_allclose(shares / ic50.size, 0.475 / 5, atol=0.001)


def test_a_censored_ic50_is_drawn_from_above_its_limit(write):
    """Flat in log IC50 up to 1e10 nM, also where less than two decades are left."""
    path = write("drug,cmax_nM,IKr_ic50_nM", "a,1,>30000", "b,1,>5e8")
    draws = draw_hill(read_drug_table(path, ["IKr"]), n_draws=4000)
    for limit, ic50 in zip([3e4, 5e8], draws.ic50_nM[..., 0], strict=True):
        assert limit < ic50.min()
        assert ic50.max() < 1e10
        shares, _ = np.histogram(np.log10(ic50), bins=np.linspace(np.log10(limit), 10, 6))
        np.testing.assert_allclose(shares / ic50.size, 0.2, atol=0.001)
    assert set(draws.hill.ravel()) == {1.0}


def test_without_quantiles_all_draws_are_the_best_fit(table):
    draws = draw_hill(table)
    assert set(draws.ic50_nM[2].ravel()) == {42.0}
    assert set(draws.hill[2].ravel()) == {1.0}


def test_an_unknown_ic50_stays_unknown(write):
    path = write("drug,cmax_nM,IKr_ic50_nM", "a,1,")
    assert np.isnan(draw_hill(read_drug_table(path, ["IKr"])).ic50_nM).all()


def test_same_seed_same_draws_other_seed_other_draws(table):
    first, again, other = draw_hill(table, seed=3), draw_hill(table, seed=3), draw_hill(table, seed=4)
    np.testing.assert_array_equal(first.ic50_nM, again.ic50_nM)
    np.testing.assert_array_equal(first.hill, again.hill)
    assert (first.ic50_nM[:2] != other.ic50_nM[:2]).all()


def test_draws_depend_on_no_other_drug_or_channel(cipa28, write):
    whole = draw_hill(cipa28)
    two = draw_hill(cipa28.select(["ICaL", "IKr"]))
    np.testing.assert_array_equal(two.ic50_nM, whole.ic50_nM[..., [1, 0]])

    i, j = cipa28.names.index("quinidine"), cipa28.channels.index("IKr")
    numbers = [repr(float(x)) for x in (cipa28.ic50_nM[i, j], *cipa28.ic50_posterior_nM[i, j])]
    numbers += [repr(float(x)) for x in (*cipa28.hill_posterior[i, j], cipa28.correlation[i, j])]
    alone = draw_hill(
        read_drug_table(write(f"drug,cmax_nM,{COLUMNS}", ",".join(["quinidine", "1", *numbers])), ["IKr"])
    )
    np.testing.assert_array_equal(alone.ic50_nM[0, :, 0], whole.ic50_nM[i, :, j])
    np.testing.assert_array_equal(alone.hill[0, :, 0], whole.hill[i, :, j])


def test_drugs_with_equal_numbers_are_drawn_independently(write):
    table = read_drug_table(write(f"drug,cmax_nM,{COLUMNS}", f"a,1,{TIGHT}", f"b,1,{TIGHT}"), ["IKr"])
    a, b = np.log(draw_hill(table, n_draws=2000).ic50_nM[..., 0])
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.1


def test_net_block_of_the_draws_is_that_of_the_published_samples(cipa28, published_net_block):
    """The mean and the 95 % bounds over the 2,000 samples, for all drugs, in percent of block."""
    table = cipa28.select(["IKr", "ICaL", "INaL"])
    draws = draw_hill(table, n_draws=4000)
    block = block_along_doses(table.cmax_nM[:, None], draws.ic50_nM, draws.hill, np.arange(1, 5))
    net = 100 * (block @ [1.0, -1.0, -1.0]).mean(axis=2)
    ours = np.column_stack([net.mean(axis=1), *np.quantile(net, [0.025, 0.975], axis=1)])
    error = ours - published_net_block
    assert np.abs(error[:, 0]).max() < 1
    assert (np.sqrt((error**2).mean(axis=0)) < [0.4, 1.3, 0.7]).all()
