import json
from dataclasses import replace

import pytest

from pointes.campaign import stopping
from pointes.campaign.settings import Limits

LIMITS = Limits(batch=8, max_simulations=96)
HEAD = "s\th:m:s\tmean_load\tcpu_time\n"


@pytest.fixture
def folder(tmp_path):
    """Three iterations: each takes 60 s to simulate with 90 s of CPU, and 6 s to learn."""
    (tmp_path / "benchmarks").mkdir()
    for number in range(3):
        (tmp_path / f"iteration_{number:03d}").mkdir()
        assessment = {"simulations": 16 + 8 * number, "converged": False}
        (tmp_path / f"iteration_{number:03d}/assessment.json").write_text(json.dumps(assessment))
        (tmp_path / f"benchmarks/simulate_{number:03d}.tsv").write_text(f"{HEAD}60.0\t0:01:00\t150.0\t90.0\n")
        (tmp_path / f"benchmarks/learn_{number:03d}.tsv").write_text(f"{HEAD}6.0\t0:00:06\tNA\tNA\n")
    return tmp_path


def test_iterations_add_up(folder):
    assert stopping.spent(folder, 1) == (pytest.approx(180 / 3600), pytest.approx(132 / 3600))


def test_a_job_at_work_does_not_count(folder):
    (folder / "benchmarks/learn_001.tsv").unlink()
    assert stopping.spent(folder, 1).wall_hours == pytest.approx(126 / 3600)


def test_an_empty_benchmark_does_not_count(folder):
    (folder / "benchmarks/learn_001.tsv").write_text("")
    assert stopping.spent(folder, 1).wall_hours == pytest.approx(126 / 3600)


@pytest.mark.parametrize(
    ("caps", "last", "said"),
    [
        ({}, None, ""),
        ({"max_simulations": 31}, 1, "24 of at most 31 simulations were run"),
        ({"max_core_hours": 0.05}, 1, "0.05 of at most 0.05 core hours are spent"),
        ({"max_wall_hours": 0.05}, 2, "0.055 of at most 0.05 wall hours are spent"),
    ],
)
def test_caps_end_a_campaign(folder, caps, last, said):
    limits = replace(LIMITS, **caps)
    ended = [stopping.ended(folder, number, limits) for number in range(3)]
    assert (ended.index(True) if any(ended) else None) == last
    assert stopping.cap_reached(folder, 2 if last is None else last, limits) == said


def test_a_campaign_that_has_learned_ends(folder):
    (folder / "iteration_001/assessment.json").write_text(json.dumps({"simulations": 24, "converged": True}))
    assert stopping.ended(folder, 1, LIMITS)
    assert stopping.cap_reached(folder, 1, LIMITS) == ""
