import numpy as np
import pytest
import xarray
from scipy.cluster.hierarchy import leaves_list, ward

from pointes.figures import drug_clusters as module

DRUGS = ["a", "b", "c", "d", "e"]


@pytest.fixture
def clusters():
    """Drugs a, c and e have no effect, b and d a strong one."""
    effect = np.array([[0.0, 0.1], [3.0, -3.0], [0.1, 0.0], [3.2, np.nan], [0.0, 0.05]])
    cluster = np.array([0, 1, 0, 1, 0])
    tree = ward(np.nan_to_num(effect, nan=-3.0))
    if leaves_list(tree)[0] in (1, 3):
        cluster = 1 - cluster
    return xarray.Dataset(
        {
            "effect": (("drug", "biomarker"), effect),
            "tree": (("merge", "link"), tree),
            "cluster": ("drug", cluster),
            "category": ("drug", ["low", "high", "intermediate", "high", ""]),
            "together": (("drug", "other_drug"), (cluster[:, None] == cluster).astype(float)),
            "agreement": ("replicate", [1.0, 0.5, 1.0]),
            "silhouette": 0.8,
        },
        {"drug": DRUGS, "biomarker": ["apd90_ms", "qnet_uC_per_uF"]},
    )


def panels(figure):
    tree, effects, together, *_ = figure.axes
    return tree, effects, together


def test_rows_of_all_panels_follow_the_dendrogram(clusters):
    order = leaves_list(clusters["tree"].values)
    _, effects, together = panels(module.draw(clusters))
    assert [text.get_text() for text in effects.get_yticklabels()] == [DRUGS[k] for k in order]
    assert [text.get_text() for text in together.get_xticklabels()] == [DRUGS[k] for k in order]
    (image,) = effects.images
    np.testing.assert_array_equal(image.get_array().filled(np.nan), clusters["effect"].values[order])
    (image,) = together.images
    np.testing.assert_array_equal(image.get_array(), clusters["together"].values[np.ix_(order, order)])


def test_dendrogram_joins_the_rows_of_its_leaves(clusters):
    tree, effects, _ = panels(module.draw(clusters))
    assert tree.get_ylim() == effects.get_ylim()
    ends = {
        height for line in tree.lines for x, height in zip(line.get_xdata(), line.get_ydata(), strict=True) if x == 0
    }
    assert ends == {0, 1, 2, 3, 4}


def test_a_line_separates_the_clusters(clusters):
    _, effects, _ = panels(module.draw(clusters))
    order = leaves_list(clusters["tree"].values)
    first = int((clusters["cluster"].values[order] == 0).sum())
    (lines,) = effects.collections
    assert [segment[0, 1] for segment in lines.get_segments()] == [first - 0.5]


def test_a_name_shows_its_category_without_colour(clusters):
    _, effects, _ = panels(module.draw(clusters))
    looks = {text.get_text(): (text.get_fontweight(), text.get_fontstyle()) for text in effects.get_yticklabels()}
    assert looks["b"] == ("bold", "normal")
    assert looks["a"] == ("normal", "italic")
    assert looks["c"] == ("normal", "normal")


def test_heading_says_how_stable_the_clusters_are(clusters):
    text = module.draw(clusters).get_suptitle()
    assert "2 clusters of 5 drugs, silhouette 0.80" in text
    assert "median 1.00, 95 % from 0.53 to 1.00" in text
