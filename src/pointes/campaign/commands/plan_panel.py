"""What a panel campaign will take before anything of it runs: cells, core-hours and wall time of each scenario."""

import time
from dataclasses import dataclass

import numpy as np

from pointes import drugs
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.panel.points import panel_points
from pointes.campaign.panel.population import conductance_values
from pointes.campaign.panel.samples_file import point_estimates, scenario_samples
from pointes.campaign.prepare_panel import PanelCampaign, laboratory_spread
from pointes.campaign.simulation.simulators import LANES
from pointes.vocabulary import Purpose

FACTOR = 2.0
"""Largest factor by which times are expected to differ from their estimate."""


@dataclass(frozen=True)
class ScenarioPlan:
    """What a scenario will take."""

    cells: int
    core_seconds_per_cell: float  # measured on `LANES` of its cells here
    core_hours: float


@dataclass(frozen=True)
class PanelPlan:
    """What a panel will take, without what it has simulated already."""

    scenarios: dict[str, ScenarioPlan]
    workers: int
    core_hours: float
    wall_hours: float


def plan_panel(campaign: PanelCampaign, workers: int) -> PanelPlan:
    """Return what a panel will take on a number of workers; a few cells of each scenario are paced here."""
    found = {name: _scenario(campaign, name) for name in campaign.simulators}
    core_hours = sum(one.core_hours for one in found.values())
    return PanelPlan(found, workers, core_hours, core_hours / workers)


def describe_panel_plan(found: PanelPlan) -> dict[str, str]:
    """Return a plan in words, by the names that `pointes plan` prints."""
    words = {
        f"scenario {name}": f"{one.cells} cells of {one.core_seconds_per_cell:.2g} core-seconds: "
        f"{one.core_hours:.2g} core-hours"
        for name, one in found.scenarios.items()
    }
    low, high = (found.wall_hours * 60 * factor for factor in (1 / FACTOR, FACTOR))
    return words | {
        "core-hours": f"{found.core_hours:.2g}",
        f"wall time on {found.workers} workers": f"{found.wall_hours * 60:.2g} ({low:.2g} to {high:.2g}) min",
        "how this was measured": f"by pacing {LANES} cells of each scenario here",
        "uncertainty": f"times may be {FACTOR:g} times as short or as long; comparisons with people come on top",
    }


def _scenario(campaign: PanelCampaign, name: str) -> ScenarioPlan:
    panel, simulator = campaign.config.panel, campaign.simulators[name]
    scenario = panel.scenarios[name]
    doses = scenario.doses or panel.doses
    samples = scenario.samples if scenario.population is None else scenario.population.cells
    cells = len(campaign.compounds) * len(doses) * samples
    points = _some_points(campaign, name, doses[len(doses) // 2])
    simulator.warm_up()  # compiling is done once
    began = time.process_time()
    simulator.run(points.points, list(points.space))
    seconds = (time.process_time() - began) / len(points)
    return ScenarioPlan(cells, seconds, cells * seconds / 3600)


def _some_points(campaign: PanelCampaign, name: str, dose: float) -> Samples:
    """Return as many points as are paced at once: one sample of so many compounds, spread over the panel."""
    scenario, simulator = campaign.config.panel.scenarios[name], campaign.simulators[name]
    table, model = drugs.read_drug_table(campaign.table, (), drugs.CHANNELS), simulator.load()
    factors: dict[str, np.ndarray] = {}
    if scenario.population is None:
        samples = scenario_samples(
            table,
            campaign.joint_samples,
            count=1,
            laboratory_sd=laboratory_spread(scenario, campaign.laboratories.get(name), table.names),
            channels=scenario.channels,
            seed=campaign.config.seed,
            where=f"panel.scenarios.{name}",
        )
    else:
        samples = point_estimates(table, 1)
        factors = {current: np.ones(1) for current in scenario.population.scale}
    compounds = list(campaign.compounds.values())
    chosen = [compounds[k] for k in np.linspace(0, len(compounds) - 1, LANES).round().astype(int)]
    parts = [
        panel_points(
            compound,
            samples,
            model.currents,
            (dose,),
            dynamic=scenario.binding == "dynamic",
            cell_values=conductance_values(model, factors),
        )
        for compound in chosen
    ]
    return concatenate([part.where(part["purpose"] != Purpose.CONTROL) for part in parts])
