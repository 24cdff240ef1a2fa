from itertools import combinations

import numpy as np
import pytest

from pointes.figures import human_qt as module

MODELS = ("ohara-2011", "torord-dyncl")
CASES = [("dofetilide", "trial", 6.0), ("verapamil", "trial", 300.0), ("sotalol", "compilation", 3400.0)]
CLINICAL = {"dofetilide": (70.0, 60, 80), "verapamil": (4.0, -1, 7), "sotalol": (20.0, np.nan, np.nan)}
SIMULATED = {"dofetilide": 20.0, "verapamil": -2.0, "sotalol": np.nan}


def columns(rows):
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture
def human_qt():
    controls = [{"model": model, "drug": "", "study": "", "channels": "", "total_nM": 0.0} for model in MODELS]
    doses = [
        {"model": model, "drug": drug, "study": study, "channels": table, "total_nM": part * cmax}
        for model in MODELS
        for drug, study, cmax in CASES
        for table in ("cipa28", "crumb2016")
        for part in (0.5, 1)
    ]
    rows = [{**row, "qt_ms": 300 + SIMULATED.get(row["drug"], 0) * row["total_nM"] / 300} for row in controls + doses]
    return columns(rows)


@pytest.fixture
def effects():
    rows = []
    for model in MODELS:
        for drug, study, cmax in CASES:
            for table in ("cipa28", "crumb2016"):
                effect, low, high = CLINICAL[drug]
                row = {"model": model, "drug": drug, "study": study, "measure": "QTc", "channels": table}
                row |= {"cmax_total_nM": cmax, "clinical_effect_ms": effect, "simulated_effect_ms": SIMULATED[drug]}
                row |= {"clinical_effect_q025_ms": low, "clinical_effect_q975_ms": high}
                row |= {"clinical_slope_ms_per_nM": effect / cmax}
                row |= {"clinical_slope_q025_ms_per_nM": low / cmax, "clinical_slope_q975_ms_per_nM": high / cmax}
                rows += [row, {**row, "measure": "J-Tpeak", "simulated_effect_ms": -999.0}]
    return columns(rows)


def test_a_model_has_a_panel_and_so_has_a_drug_with_bounds(human_qt, effects):
    figure = module.draw(human_qt, effects)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [*MODELS, "dofetilide", "verapamil"]


def test_effects_are_those_on_qt(human_qt, effects):
    panel = module.draw(human_qt, effects).axes[0]
    points = [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in panel.lines
        if line.get_marker() not in ("None", "x", "|") and len(line.get_xdata()) == 1
    ]
    assert sorted(set(points)) == [(4, -2), (70, 20)]
    assert len(points) == 4
    crosses = [line for line in panel.lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[20], [20]]


def test_the_clinical_line_ends_at_the_effect_at_the_peak(human_qt, effects):
    panel = module.draw(human_qt, effects).axes[2]
    people, *others = panel.lines
    assert people.get_xdata()[[0, -1]] == pytest.approx([0, 6])
    assert people.get_ydata()[[0, -1]] == pytest.approx([0, 70])
    simulated = [line for line in others if len(line.get_xdata()) == 3]
    assert len(simulated) == len(MODELS)
    assert simulated[0].get_ydata() == pytest.approx([0, 0.2, 0.4])


def test_nothing_overlaps(human_qt, effects):
    figure = module.draw(human_qt, effects)
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    boxes += [legend.get_window_extent() for part in figure.subfigs for legend in part.legends]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
