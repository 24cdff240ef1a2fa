"""What the page of a panel holds of its files."""

import numpy as np

from pointes.explorer import panel as page_of_panel
from pointes.figures.qnet_doses import summarise

from ...explored import SCENARIO


def test_drugs_have_qnet_at_each_dose(panel, data_of):
    (scenario,) = data_of(panel.page)["scenarios"]
    assert scenario["title"] == "ohara-cipa-2017 endo, static hERG block"
    assert (scenario["doses"], scenario["samples"]) == ([1.0, 2.0, 3.0, 4.0], 4)
    for drug, curve in zip(scenario["drugs"], summarise(panel.learned[0]), strict=True):
        assert (drug["name"], drug["category"]) == (curve.drug, curve.category)
        np.testing.assert_allclose(drug["median"], curve.median, rtol=1e-4)
        np.testing.assert_allclose(drug["high"], curve.high, rtol=1e-4)


def test_classes_are_those_of_fits_to_the_other_drugs(panel, data_of):
    (scenario,) = data_of(panel.page)["scenarios"]
    classes, rows = scenario["classes"], panel.learned[1]
    left_out = rows["scheme"] == "leave one drug out"
    assert classes["scheme"] == "each drug left out of its fit"
    drug = classes["drug"].index("dofetilide")
    row = np.flatnonzero(left_out & (rows["drug"] == "dofetilide"))[0]
    assert classes["majority"][drug] == rows["majority"][row]
    np.testing.assert_allclose(classes["probability"]["high"][drug], rows["probability_high"][row], rtol=1e-4)
    in_sample = rows["scheme"] == "in sample"
    np.testing.assert_allclose(classes["thresholds"][0], rows["threshold_low_intermediate"][in_sample][0], rtol=1e-4)


def test_panels_without_categories_have_no_classes(panel):
    page = page_of_panel.render("panel", {"static": SCENARIO}, {"static": panel.learned[0]})
    assert '"classes":null' in page
