import numpy as np
import pytest
import xarray

from pointes.figures import cell_clusters as module


@pytest.fixture
def clusters():
    return xarray.Dataset(
        {
            "phenotype": (("cluster", "biomarker"), [[0.5, -1.0], [-0.2, 0.4]]),
            "size": ("cluster", [20, 50]),
            "together": ("cluster", [0.9, 0.75]),
            "failing": (("cluster", "drug"), [[0.3, 0.0, 0.9], [0.1, 0.0, 0.02]]),
            "agreement": ("replicate", [0.5, 0.7, 0.6]),
            "silhouette": 0.25,
            "dose": 4.0,
        },
        {"biomarker": ["apd90_ms", "rmp_mV"], "drug": ["a", "b", "c"]},
    )


def test_a_row_has_the_phenotype_size_and_stability_of_its_cluster(clusters):
    phenotypes, *_ = module.draw(clusters).axes
    np.testing.assert_array_equal(phenotypes.images[0].get_array(), clusters["phenotype"])
    rows = [text.get_text() for text in phenotypes.get_yticklabels()]
    assert rows == ["20 cells\ntogether 0.90", "50 cells\ntogether 0.75"]


def test_drugs_under_which_no_cell_fails_are_left_out(clusters):
    _, failing, _ = module.draw(clusters).axes
    assert [text.get_text() for text in failing.get_xticklabels()] == ["a", "c"]
    assert [text.get_text() for text in failing.texts] == ["30", "90", "10", "2"]
    assert failing.get_title("left") == "Failing cells [%] at 4 × Cmax"


def test_without_a_failing_cell_phenotypes_are_drawn(clusters):
    phenotypes, failing, _ = module.draw(clusters.assign(failing=clusters["failing"] * 0)).axes
    assert phenotypes.images
    assert not failing.images


def test_heading_says_how_stable_the_clusters_are(clusters):
    text = module.draw(clusters).get_suptitle()
    assert "2 clusters, silhouette 0.25" in text
    assert "3 resampled populations" in text
    assert "median 0.60" in text
