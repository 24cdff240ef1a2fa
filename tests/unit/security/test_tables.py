"""Hostile drug tables and points: every one is read, or refused in one line."""

import numpy as np
from hypothesis import given

from pointes.campaign.files.samples import read_points
from pointes.campaign.space import Space
from pointes.drugs import DrugTable, blocks_at_dose, read_drug_table

from .conftest import many, mutated, outcome

DRUGS = """\
drug,risk,cmax_nM,hERG_ic50_nM,hERG_hill,IKr_ic50_q025_nM,IKr_ic50_median_nM,IKr_ic50_q975_nM,ICaL_ic50_uM,IKr_correlation
dofetilide,high,2.1,4.9,0.9,3.1,4.8,6.2,0.3,0.1
"mexiletine",low,4129,28880,0.9,,,,38,-0.3
verapamil,,81,>30000,1,,,,0.2,
"""
POINTS = 'IKr,ICaL,name\n0,0.2,control\n0.5,0.7,"a,""b"""\n1e-3,0.8,c\n'
CELLS = [
    ",",
    ",,,,,,,,,",
    '"',
    '"""',
    "\n",
    "\n\n",
    ";",
    "\t",
    ",0,5",
    ">",
    ">>1",
    ">1e400",
    "1e306",
    "1e-320",
    "=cmd|' /C calc'!A0",
]
NAMES = ["drug", "IKr_ic50_nM", "hERG_ic50_nM", "cmax_nM", "cmax_total_nM", "fraction_unbound", "ICaL", "_ic50_nM"]
MANY = [",x" * 100_000, "1,2\n" * 5000]


@many
@given(content=mutated(DRUGS, CELLS + NAMES + MANY))
def test_drug_tables(folder, content):
    path = folder / "hostile.csv"
    path.write_bytes(content)
    table = outcome(read_drug_table, path, ["IKr", "ICaL"])
    if isinstance(table, DrugTable):
        assert np.isfinite(table.cmax_nM).all()
        for name in table.names:
            assert all(0 <= block <= 1 for block in blocks_at_dose(table, name, 4.0).values())


@many
@given(content=mutated(POINTS, CELLS + NAMES + MANY))
def test_points(folder, content):
    path = folder / "hostile.csv"
    path.write_bytes(content)
    found = outcome(read_points, path, Space.of({"IKr": (0.0, 1.0), "ICaL": (0.2, 0.8)}))
    if isinstance(found, tuple):
        rows, points = found
        assert points.shape == (len(rows), 2)
        assert ((points >= [0, 0.2]) & (points <= [1, 0.8])).all()
