"""Attribution of the drugs of a table, with the cell of the packaged reference panel."""

import pytest

from pointes.campaign.panel.attributions import attribution_rows
from pointes.campaign.panel.reference import load_reference
from pointes.drugs import CHANNELS, read_drug_table


def test_channels_that_shorten_and_prolong_have_opposite_signs(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("drug,risk,cmax_nM,IKr_ic50_nM,ICaL_ic50_nM,IKs_ic50_nM\nmixed,low,10,40,60,1e9\nnone,,1,1e9,,\n")
    reference = load_reference()
    rows = attribution_rows(read_drug_table(path, (), CHANNELS), reference, seed=1, workers=1)
    assert [(row["drug"], row["channel"]) for row in rows] == [("mixed", "IKr"), ("mixed", "ICaL")]
    of_ikr, of_ical = (float(row["effect_uC_per_uF"]) for row in rows)
    assert of_ikr < -0.005 < 0.005 < of_ical
    assert float(rows[0]["block_at_largest_dose"]) == pytest.approx(0.5)
