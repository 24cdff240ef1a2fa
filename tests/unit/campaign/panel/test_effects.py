"""Files of clusters and of failing cells, from the file of a scenario."""

import numpy as np
import pytest

from pointes import netcdf
from pointes.campaign.files.results import variable
from pointes.campaign.panel import effects


def test_drugs_of_one_category_are_in_one_cluster(write_panel):
    made = effects.drug_clusters(write_panel())
    assert made["biomarker"].values.tolist() == ["apd90_ms", "qnet_uC_per_uF"]
    assert made["effect"].values.shape == (6, 2)
    cluster = made["cluster"].values
    assert (cluster[::2] == cluster[1::2]).all()
    assert len(np.unique(cluster)) == 3
    assert made["agreement"].values.min() > 0.9


def factors():
    return {
        f"factor_{name}": variable(("sample",), values, "factor", "1")
        for name, values in {"IKr": np.linspace(0.5, 1.5, 12), "INa": np.tile([0.9, 1.1], 6)}.items()
    }


def write_population_panel(path):
    label = np.zeros((1, 2, 12), np.int8)
    label[0, 1, :6] = 1  # cells with the smallest IKr
    variables = {
        "drug": variable(("drug",), np.array(["a"]), "drug"),
        "category": variable(("drug",), np.array(["high"]), "published risk category"),
        "dose": variable(("dose",), np.array([1.0, 10.0]), "dose", "1"),
        "label": variable(("drug", "dose", "sample"), label, "label"),
        **factors(),
    }
    netcdf.write(path, variables, {})


def test_failing_cells_are_counted_and_told_apart(tmp_path):
    write_population_panel(tmp_path / "panel.nc")
    made = effects.failing_cells(tmp_path / "panel.nc")
    assert made["share"].values[0, :, 0].tolist() == [0.0, 0.5]
    low, high = made["share"].values[0, 1, 1:]
    assert (low, high) == pytest.approx((0.211, 0.789), abs=1e-3)  # Clopper-Pearson of 6 of 12
    assert made["factor"].values.tolist() == ["IKr", "INa"]
    assert made["auc"].values[0, 0, 0] == 0.0  # every failing cell has less IKr
    assert made["auc"].values[0, 1, 0] == pytest.approx(0.5)


def test_cells_are_clustered_by_what_they_are_without_a_drug(tmp_path):
    write_population_panel(tmp_path / "panel.nc")
    apd90 = np.array([300.0, 301, 299, 300, 302, 298, 400, 401, 399, 400, 402, 398, 10000])
    variables = {
        "variant": variable(("variant",), np.arange(13), "number"),
        "accepted": variable(("variant",), np.array([1] * 12 + [0], np.int8), "accepted"),
        "apd90_ms": variable(("variant",), apd90, "APD90", "ms"),
    }
    netcdf.write(tmp_path / "population.nc", variables, {})
    made = effects.cell_clusters(tmp_path / "panel.nc", tmp_path / "population.nc")
    assert sorted(made["size"].values.tolist()) == [6, 6]
    assert sorted(made["failing"].values[:, 0].tolist()) == [0.0, 1.0]
    assert float(made["dose"].values) == 10.0
