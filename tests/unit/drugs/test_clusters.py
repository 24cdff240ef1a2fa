import numpy as np
import pytest

from pointes.drugs import cluster, each_sample, effects, median_effects, phenotypes, stability, subsamples
from pointes.errors import UserError

GROUPS = np.repeat([0, 1, 2], 6)


@pytest.fixture
def groups():
    """Return features of three groups of six rows, far from each other."""
    return np.random.default_rng(1).standard_normal((18, 4)) + 10 * np.eye(4)[GROUPS]


def same(cluster, groups):
    return ((cluster[:, None] == cluster) == (groups[:, None] == groups)).all()


def test_groups_are_found_with_their_number(groups):
    found = cluster(groups)
    assert same(found.cluster, GROUPS)
    assert found.silhouette > 0.7
    assert found.tree.shape == (17, 4)


def test_clusters_are_numbered_along_the_dendrogram(groups):
    from scipy.cluster.hierarchy import leaves_list

    shuffled = np.random.default_rng(5).permutation(18)
    found = cluster(groups[shuffled])
    along = found.cluster[leaves_list(found.tree)]
    assert along.tolist() == [0] * 6 + [1] * 6 + [2] * 6


def test_tree_is_that_of_ward(groups):
    from scipy.cluster.hierarchy import linkage

    np.testing.assert_allclose(cluster(groups).tree, linkage(groups, "ward"), rtol=1e-6)


def test_number_of_clusters_can_be_given(groups):
    assert cluster(groups, 5).cluster.max() == 4


def test_a_missing_feature_does_not_move_a_row(groups):
    groups[0, 3] = np.nan
    assert same(cluster(groups).cluster, GROUPS)


@pytest.mark.parametrize(
    ("features", "n_clusters", "message"),
    [
        (np.zeros((2, 3)), None, "rows to cluster: 2; expected at least 3"),
        (np.zeros((5, 3)), 5, "n_clusters: 5; expected 2 to 4"),
        ([[np.nan, 1], [1, np.nan], [0, 0]], None, "two rows have no feature in common"),
    ],
)
def test_what_cannot_be_clustered_is_refused(features, n_clusters, message):
    with pytest.raises(UserError, match=message):
        cluster(np.array(features), n_clusters)


def test_separate_groups_are_stable(groups):
    found = cluster(groups)
    stable = stability(found, subsamples(groups, 20))
    assert (stable.agreement == 1).all()
    assert stable.of_clusters(found.cluster).tolist() == [1, 1, 1]
    assert same(np.nan_to_num(stable.together[0]) == 1, GROUPS == 0)


def test_clusters_of_noise_are_not_stable():
    noise = np.random.default_rng(2).standard_normal((60, 5))
    found = cluster(noise, 3)
    stable = stability(found, subsamples(noise, 20))
    assert np.median(stable.agreement) < 0.6
    assert (stable.of_clusters(found.cluster) < 0.9).all()


def test_subsamples_have_their_share_of_rows_and_follow_the_seed(groups):
    first, again, other = ([rows for rows, _ in subsamples(groups, 5, 0.5, seed)] for seed in (1, 1, 2))
    assert {len(rows) for rows in first} == {9}
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_single_row_has_no_stability_of_its_own(groups):
    alone = np.vstack([groups, np.full(4, 100.0)])
    found = cluster(alone, 4)
    own = stability(found, subsamples(alone, 20)).of_clusters(found.cluster)
    assert np.isnan(own[found.cluster[-1]])


@pytest.fixture
def values():
    """Return two biomarkers of 4 drugs at 2 doses in 3 samples; the second one does not change."""
    rng = np.random.default_rng(0)
    return {"apd90_ms": 300 + rng.standard_normal((4, 2, 3)), "rmp_mV": np.full((4, 2, 3), -88.0)}


def test_effects_are_compressed_changes_in_standard_deviations(values):
    names, features = effects(values, {"apd90_ms": 290.0, "rmp_mV": -88.0})
    assert names == ["apd90_ms"]
    change = (values["apd90_ms"] - 290).mean(axis=1)
    compressed = np.arcsinh(change / np.median(np.abs(change)))
    np.testing.assert_allclose(features[..., 0], compressed / compressed.std())


def test_effects_on_cells_are_against_their_own_control(values):
    own = np.array([100.0, 200.0, 300.0])
    _, features = effects({"apd90_ms": values["apd90_ms"] + own}, {"apd90_ms": own})
    _, plain = effects({"apd90_ms": values["apd90_ms"]}, {"apd90_ms": 0.0})
    np.testing.assert_allclose(features, plain)


def test_a_biomarker_counts_at_the_doses_at_which_it_exists(values):
    control = {"apd90_ms": 0.0, "rmp_mV": 0.0}
    values["apd90_ms"][0, 1] = np.nan
    values["apd90_ms"][1] = np.nan
    _, features = effects(values, control)
    values["apd90_ms"][0, 1] = values["apd90_ms"][0, 0]
    np.testing.assert_allclose(features, effects(values, control)[1])
    assert np.isnan(features[1, :, 0]).all()


def test_median_effects_need_most_of_the_samples():
    features = np.array([[[1.0], [2.0], [9.0]], [[1.0], [np.nan], [3.0]], [[1.0], [np.nan], [np.nan]]])
    np.testing.assert_array_equal(median_effects(features)[:, 0], [2, 2, np.nan])


def test_without_an_effect_there_is_nothing_to_cluster(values):
    with pytest.raises(UserError, match="biomarkers that differ between drugs: 0"):
        effects({"rmp_mV": values["rmp_mV"]}, {"rmp_mV": -88.0})
    with pytest.raises(UserError, match="biomarkers that differ between cells: 0"):
        phenotypes({"rmp_mV": np.full(9, -88.0)})


def test_each_sample_is_a_replicate_of_the_drugs_that_have_features():
    features = np.arange(12.0).reshape(3, 2, 2)
    features[1, 1] = np.nan
    (all_rows, first), (rows, second) = each_sample(features)
    assert all_rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(first, features[:, 0])
    assert rows.tolist() == [0, 2]
    np.testing.assert_array_equal(second, features[[0, 2], 1])


def test_phenotypes_are_standardised():
    names, features = phenotypes({"apd90_ms": np.array([1.0, 2, 3, np.nan]), "rmp_mV": np.full(4, -88.0)})
    assert names == ["apd90_ms"]
    np.testing.assert_allclose(features[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5), np.nan])
