from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pointes.campaign.panel import human_qt
from pointes.campaign.simulation.execution import simulate
from pointes.drugs import read_drug_table
from pointes.tissue.simulation import simulate as simulate_tissue

TABLE = Path("config/drugs/people/clinical_qt.csv")
CABLE = Path("config/campaigns/cable-plane.yaml")
TABLES = ("cipa28", "crumb2016")


@pytest.fixture(scope="module")
def effects():
    return human_qt.read_effects(TABLE)


@pytest.fixture(scope="module")
def tables():
    return {name: read_drug_table(f"config/drugs/{name}.csv", ["IKr"]) for name in TABLES}


def of(effects, drug, study="trial", measure="QTc"):
    return next(one for one in effects if (one.drug, one.study, one.measure) == (drug, study, measure))


def row(drug="", total_nM=0.0, qt_ms=300.0, **more):
    named = {"model": "m", "study": "trial" if drug else "", "channels": "cipa28" if drug else "", "arrhythmic": 0}
    return {
        **named,
        "drug": drug,
        "total_nM": total_nM,
        "qt_ms": qt_ms,
        "jtpeak_ms": 200.0,
        "tpeak_tend_ms": 60.0,
    } | more


def test_the_clinical_effects_are_read(effects):
    dofetilide = of(effects, "dofetilide")
    assert (dofetilide.slope_ms_per_nM, dofetilide.effect_at_cmax_ms) == (12.441, 73.468)
    assert np.isnan(of(effects, "sotalol", "compilation").effect_q025_ms)
    for one in effects:
        if one.study == "trial":
            assert one.effect_q025_ms < one.effect_at_cmax_ms < one.effect_q975_ms


def test_drugs_without_channels_are_named(effects, tables):
    missing = human_qt.without_channels(effects, tables.values())
    assert missing == [
        *("citalopram", "N-acetylprocainamide", "sematilide", "vernakalant"),
        *("cabazitaxel", "lamotrigine", "mifepristone"),
    ]


def test_a_row_is_the_cable_at_the_free_concentration(effects, tables, tmp_path):
    """Dofetilide at 6.1692 nM, 30 % unbound, blocks IKr by 1 / (1 + (13.72 / 1.85076)^1.339)."""
    simulator = human_qt.cable(CABLE, "ohara-2011", beats=1)
    control, treated = human_qt.simulate_qt(
        [of(effects, "dofetilide")],
        {"cipa28": tables["cipa28"]},
        {"ohara-2011": simulator},
        tmp_path,
        doses=[1.0],
        run=lambda *args: simulate(*args, workers=1),
    )
    assert treated["free_nM"] == pytest.approx(1.85076)
    assert treated["IKr_block"] == pytest.approx(1 / (1 + (13.72 / 1.85076) ** 1.339))
    assert treated["ICaL_block"] < 1e-6
    blocks = {name.removesuffix("_block"): treated[name] for name in treated if name.endswith("_block")}
    outcome = simulate_tissue(replace(simulator.description, blocks=blocks))
    assert treated["qt_ms"] == outcome.values["qt_ms"]
    assert control["qt_ms"] < treated["qt_ms"] < control["qt_ms"] + 40
    assert sum(treated[name] for name in ("qrs_ms", "jtpeak_ms", "tpeak_tend_ms")) == pytest.approx(treated["qt_ms"])


def test_the_cable_is_that_of_the_campaign_at_another_rate():
    description = human_qt.cable(CABLE, "torord-dyncl").description
    assert (description.cycle_length_ms, description.cell_beats) == (1000, 1000)
    assert (description.size_mm, description.layers) == ((16.5,), {"endo": 60, "mid": 45, "epi": 60})


def test_slope_and_effect_by_hand(effects):
    """Changes of 10 and 30 ms at half and whole peak: a line through these and the control has a slope of 30 / 6."""
    rows = [row(), row("dofetilide", 3.0, 310.0), row("dofetilide", 6.0, 330.0)]
    qt, jt, tt = human_qt.effects_at_cmax(effects, rows)
    assert [one["measure"] for one in (qt, jt, tt)] == list(human_qt.MEASURES)
    assert qt["simulated_slope_ms_per_nM"] == pytest.approx(5.0)
    assert qt["slope_ratio"] == pytest.approx(5.0 / 12.441)
    assert qt["simulated_effect_ms"] == 30
    assert (jt["simulated_effect_ms"], tt["simulated_effect_ms"]) == (0, 0)


def test_a_dose_without_qt_leaves_no_slope(effects):
    rows = [row(), row("dofetilide", 3.0, np.nan, arrhythmic=1), row("dofetilide", 6.0, 330.0)]
    found = human_qt.effects_at_cmax(effects, rows)[0]
    assert np.isnan([found["simulated_slope_ms_per_nM"], found["simulated_effect_ms"]]).all()
    assert (found["failed"], found["arrhythmic"]) == (1, 1)


def test_rank_correlations_and_signs():
    """Ranks 1 2 3 4 against 1 3 2 4: Spearman 0.8, Kendall 4 / 6. The interval of the last effect holds 0."""

    def compared(clinical, simulated, q025=np.nan, q975=np.nan):
        names = ("clinical_effect_ms", "simulated_effect_ms", "clinical_effect_q025_ms", "clinical_effect_q975_ms")
        return dict(zip(names, (clinical, simulated, q025, q975), strict=True))

    rows = [compared(-9, 1), compared(5, 3, 1, 9), compared(9, 2), compared(20, 40, -1, 41), compared(50, np.nan)]
    found = human_qt.rank_correlations(rows)
    assert found["spearman"] == pytest.approx(0.8)
    assert found["kendall"] == pytest.approx(2 / 3)
    assert (found["drugs"], found["signed"], found["same_sign"]) == (4, 3, 2)
