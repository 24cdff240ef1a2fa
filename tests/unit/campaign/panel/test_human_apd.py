from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.panel import human_apd
from pointes.campaign.panel.human_apd import BathedCell, Measurement
from pointes.campaign.simulation.execution import simulate

TABLE = Path("config/drugs/people/human_apd90.csv")
ENDO = BathedCell("ohara-cipa-2017", "endo")
MID = BathedCell("ohara-2011", "mid")


def in_one_process(samples, simulator, folder):
    return simulate(samples, simulator, folder, workers=1)


def measurement(drug, ikr, ical, change_ms=0.0):
    return Measurement(drug, 1.0, {protocol: (ikr, ical) for protocol in human_apd.PROTOCOLS}, change_ms, 10.0)


def test_the_table_is_read():
    measurements = human_apd.read_measurements(TABLE)
    assert len(measurements) == 29
    assert len({one.drug for one in measurements}) == 9
    dofetilide = next(one for one in measurements if (one.drug, one.concentration_nM) == ("dofetilide", 100.0))
    assert (dofetilide.change_ms, dofetilide.sd_ms) == (256.35, 67.477)
    assert dofetilide.blocks["pharm"] == (0.79603, 1e-11)


def test_changes_are_those_of_another_code(tmp_path):
    """Predictions of CiPA v1 by Barral et al., rounded to 0.05 ms, of CVODES after 1,500 beats.

    They measure APD90 from the stimulus, and the baseline in another way.
    """
    expected = {"dofetilide 100 nM": 235.70, "nifedipine 300 nM": -25.15, "verapamil 1000 nM": 167.20}
    measured = {f"{one.drug} {one.concentration_nM:g} nM": one for one in human_apd.read_measurements(TABLE)}
    rows = human_apd.simulate_apd90([measured[name] for name in expected], tmp_path, [ENDO], run=in_one_process)
    of_cipa = [row["simulated_ms"] for row in rows if row["protocol"] == "cipa"]
    np.testing.assert_allclose(of_cipa, list(expected.values()), atol=0.3)
    assert rows[0]["control_apd90_ms"] == pytest.approx(295.6, abs=0.1)


def test_a_row_is_the_cell_paced_in_the_bath(tmp_path):
    rows = human_apd.simulate_apd90([measurement("drug", 0.5, 0.2)], tmp_path, [ENDO], beats=3, run=in_one_process)
    bath = dict(zip(ENDO.bath, human_apd.BATH_MM, strict=True))
    model = cells.load(ENDO.model, celltype=ENDO.celltype, vary=ENDO.bath)
    paced = cells.pace(model, {"IKr": [0, 0.5], "ICaL": [0, 0.2]}, values=bath, beats=3)
    assert [row["simulated_ms"] for row in rows] == [paced["apd90_ms"][1] - paced["apd90_ms"][0]] * 2
    assert [row["protocol"] for row in rows] == ["cipa", "pharm"]


def test_a_cell_that_does_not_repolarise_is_told(tmp_path):
    measurements = [measurement("strong", 1.0, 0.0), measurement("weak", 0.1, 0.0)]
    rows = human_apd.simulate_apd90(measurements, tmp_path, [MID], beats=3, run=in_one_process)
    assert [row["status"] for row in rows] == ["no repolarisation", "ok"] * 2
    assert [np.isnan(row["simulated_ms"]) for row in rows] == [True, False] * 2
    guess, *of_cell = human_apd.agreements(rows)[::2]
    assert (guess["model"], guess["failed"]) == (human_apd.NO_CHANGE, 0)
    assert [found["failed"] for found in of_cell] == [1]


def test_an_interrupted_call_continues(tmp_path):
    def never(*args, **kwargs):
        raise AssertionError

    measurements = [measurement("drug", 0.5, 0.2)]
    rows = human_apd.simulate_apd90(measurements, tmp_path, [ENDO], beats=2, run=in_one_process)
    again = human_apd.simulate_apd90(
        measurements, tmp_path, [ENDO], beats=2, run=lambda *args: simulate(*args, workers=1, run=never)
    )
    assert again == rows


@pytest.mark.parametrize("cell", human_apd.CELLS, ids=lambda cell: cell.name)
def test_all_models_have_the_bath(cell):
    model = cells.load(cell.model, celltype=cell.celltype, vary=cell.bath)
    assert {"IKr", "ICaL"} <= set(model.currents)
