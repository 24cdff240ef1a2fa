"""Plans of campaigns: numbers of simulations, and what follows from measured costs. The workflow's tests run one."""

from dataclasses import replace

import pytest

from pointes.campaign.commands.measure import Measured, Simulated, learning_seconds, measure
from pointes.campaign.commands.plan import Counts, count, describe_plan, estimate
from pointes.campaign.configuration.loading import parse
from pointes.campaign.prepare import Campaign, model_fingerprint
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space

from .conftest import BOTH, CELLS

CELL = Simulated(0.8, points_at_once=8, points=24, share=1.0, bytes=300.0, bytes_of_file=30e3)
CABLE = Simulated(3.0, points_at_once=1, points=1, share=0.25, bytes=2000.0, bytes_of_file=40e3)
ONE = Measured(
    start=1.0, job=2.0, job_wall=1.5, job_memory=200_000_000, memory=10_000_000, learning=0.5, simulators={"": CELL}
)


def campaign(values):
    config = parse(values, "test")
    return Campaign(config, model_fingerprint(config, "test", settled=True), None, Space.of(config.parameters.blocks))


def test_simulations_are_those_below_the_cap():
    config = {**CELLS, "learning": {"start": 16, "batch": 8, "max_simulations": 96}, "replays": {"enabled": False}}
    counts = count(campaign(config))
    assert (counts.start, counts.iteration, counts.iterations, counts.most) == (17, 8, 9, 89)
    assert counts.comparison == 0


def test_the_comparison_is_counted_apart():
    counts = count(campaign({**CELLS, "replays": {"repeats": 2, "grid": 5}}))
    assert counts.most == 13
    # A grid, the control, two Sobol and two random sets of 12, and as many points of two active runs
    assert counts.comparison == 25 + 1 + 4 * 12 + 2 * 12
    assert counts.fits == 3 * 2 * 2


def test_both_fidelities_have_a_start():
    counts = count(campaign(BOTH))
    assert (counts.start, counts.most) == (2 + 9 * 4, 38)


def test_bundles_that_are_not_full_cost_as_much():
    config = parse(CELLS, "test")
    found = estimate(Counts(start=9, iteration=4, iterations=2, comparison=0, fits=0), ONE, config, workers=2)
    bundles = 2 + 1 + 1
    assert found.core_hours.estimate == pytest.approx((bundles * 0.8 + 3 * 2.0) / 3600)
    assert found.core_hours.high == pytest.approx(2 * found.core_hours.estimate)
    assert found.memory_bytes == 220_000_000
    single = parse({**CELLS, "execution": {"batch_size": 1}}, "test")
    alone = estimate(Counts(9, 4, 2, 0, 0), ONE, single, workers=2)
    assert alone.core_hours.estimate == pytest.approx((17 * 0.8 + 3 * 2.0) / 3600)


def test_more_workers_take_less_time_until_iterations_take_all_of_it():
    long = replace(ONE, simulators={"": replace(CELL, seconds=1000.0)})
    config = parse(CELLS, "test")
    counts = Counts(start=9, iteration=4, iterations=2, comparison=0, fits=0)
    walls = [estimate(counts, long, config, workers).wall_hours.estimate for workers in (1, 2, 1000)]
    assert walls[0] == pytest.approx(2 * walls[1], rel=0.01)
    assert 3 * 1.5 / 3600 < walls[2] < walls[1] / 100


@pytest.mark.parametrize("target", ["label", "apd90_ms > 400", "qt_ms", ("qt_ms", "qrs_ms")])
@pytest.mark.parametrize("fidelities", [None, ("cell", "cable"), ("coarse", "cable")])
def test_a_step_of_learning_is_measured_whatever_is_learned(target, fidelities):
    sampling = Sampling(seed=1, start=8, batch=4, stream_share=0.25, fidelities=fidelities, target=target)
    assert learning_seconds(Space.of({"IKr": (0, 1), "ICaL": (0, 1)}), sampling, 36) > 0


def test_an_iteration_may_be_of_either_fidelity():
    two = replace(ONE, simulators={"cell": CELL, "cable": CABLE})
    found = estimate(count(campaign(BOTH)), two, parse(BOTH, "test"), workers=1)
    assert found.core_hours.estimate == pytest.approx((5 * 0.8 + 5 * 3.0 + 2.0) / 3600)  # the start is all there is
    longer = estimate(Counts(38, 4, 1, 0, 0), two, parse(BOTH, "test"), workers=1)
    assert longer.core_hours.low == pytest.approx((5 * 0.8 + 5 * 3.0 + 2 * 2.0 + 0.8) / 2 / 3600)
    assert longer.core_hours.high == pytest.approx((5 * 0.8 + 5 * 3.0 + 2 * 2.0 + 4 * 3.0) * 2 / 3600)
    words = describe_plan(longer)
    assert words["how this was measured"].startswith("by simulating 24 cells, 25% of one cable, and the rest")
    assert words["simulations"] == "38 at the start, then 4 in each of at most 1 iterations: at most 42"
    assert words["memory"] == "210 MB"


def test_costs_are_measured_by_doing_the_work():
    found = measure(campaign(BOTH), workers=1, labels=20)
    cell, cable = found.simulators["cell"], found.simulators["cable"]
    assert (cell.points, cell.share, cell.points_at_once) == (24, 1.0, 8)
    assert (cable.points, cable.points_at_once) == (1, 1)
    assert 0 < cable.share <= 1
    assert 0 < cell.seconds < cable.seconds
    assert found.job > found.start > 0
    assert found.learning > 0
    assert found.job_memory > 50e6
    assert cable.bytes > 4 * 501  # its pseudo-ECG
