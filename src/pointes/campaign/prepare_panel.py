"""Checks of a panel campaign before its first job: drugs, samples, models, and the results folder."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointes import cells, drugs
from pointes.campaign.configuration.loading import find_table, merged, parse_any, together
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.configuration.panel import PanelConfig, People, Scenario
from pointes.campaign.files import identity
from pointes.campaign.panel import human_apd, human_qt
from pointes.campaign.panel.classification import critical_multiples
from pointes.campaign.panel.points import LITERALS, Compound
from pointes.campaign.panel.samples_file import read_laboratory_spread, scenario_samples
from pointes.campaign.prepare import RESULTS, Campaign, checked_cluster, prepare
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.drugs import CHANNELS, DrugSamples, DrugTable
from pointes.errors import UserError, unknown
from pointes.project import PROJECT

FEWEST_PER_CATEGORY = 2
"""Smallest number of drugs of high and of low risk with which drugs are classified."""


@dataclass(frozen=True)
class PanelCampaign:
    """A configuration of a panel that passed all checks."""

    config: PanelConfig
    folder: Path  # results folder
    table: Path  # of drugs
    joint_samples: Path | None
    laboratories: Mapping[str, Path]  # tables of the spread between laboratories by scenario
    compounds: Mapping[str, Compound]  # by the name of their files
    simulators: Mapping[str, CellSimulator]  # by scenario
    maps: Mapping[str, Path]  # critical multiples of the drugs on a learned map, by its name
    people: Mapping[str, Path]  # files of the section panel.people by key; empty without it
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of the models of all scenarios and of the numerical method."""
        together = {name: simulator.fingerprint for name, simulator in self.simulators.items()}
        return hashlib.sha256(json.dumps(together).encode()).hexdigest()[:32]

    @property
    def is_classified(self) -> bool:
        """Whether there are two drugs of high and two of low risk, so that any one can be left out of a fit."""
        categories = [compound.category for compound in self.compounds.values()]
        return min(categories.count("high"), categories.count("low")) >= FEWEST_PER_CATEGORY

    @property
    def inputs(self) -> dict[str, Path]:
        """Paths of the files that the configuration names, by key."""
        scenarios = self.config.panel.scenarios
        models = {f"panel.scenarios.{name}.model.name": Path(one.model.name) for name, one in scenarios.items()}
        spreads = {f"panel.scenarios.{name}.laboratory_sd": path for name, path in self.laboratories.items()}
        files = {"panel.table": self.table, "panel.joint_samples": self.joint_samples, **spreads, **models}
        files |= {f"panel.people.{name}": path for name, path in self.people.items()}
        files |= {f"panel.maps.{name}": path for name, path in self.maps.items()}
        return {key: path for key, path in files.items() if path is not None and path.suffix and path.is_file()}


def prepare_panel(values: dict[str, Any], where: str, project: Path, results: Path = RESULTS) -> PanelCampaign:
    """Check the configuration of a panel campaign, its files and its results folder.

    ``values`` are those of the YAML file ``where``. Paths are relative to the working directory or to ``project``; the
    campaign's folder is in ``results``.
    """
    config = parse_any(values, where)
    if not isinstance(config, PanelConfig):
        raise UserError("no section panel", expected="the configuration of a panel campaign", where=where)
    panel, folder = config.panel, results / config.name
    checked_cluster(config, where, folder)
    try:
        path = find_table(panel.table, project, key="panel.table")
        joint = panel.joint_samples and find_table(
            panel.joint_samples, project, key="panel.joint_samples", what="a file of joint samples"
        )
        table = drugs.read_drug_table(path, (), CHANNELS)
        compounds = _compounds(table, panel.combinations)
        laboratories = {
            name: find_table(one.laboratory_sd, project, key=f"panel.scenarios.{name}.laboratory_sd")
            for name, one in panel.scenarios.items()
            if isinstance(one.laboratory_sd, str)
        }
        simulators = {
            name: _checked_scenario(name, one, config, table, joint or None, laboratories.get(name), compounds)
            for name, one in panel.scenarios.items()
        }
        people = {} if panel.people is None else _people(panel.people, project)
        maps = {name: _placed_drugs(name, place, table) for name, place in panel.maps.items()}
        identity.check(folder, config)
    except UserError as error:
        raise error.within(where) from None
    notes = [f"drug table {path}: {note}" for note in table.notes]
    return PanelCampaign(
        config, folder, path, joint or None, laboratories, compounds, simulators, maps, people, tuple(notes)
    )


def check_campaign(*files: Path) -> Campaign | PanelCampaign:
    """Return the campaign of configuration files after all checks of `snakemake`; later files come first."""
    return prepare_any(merged(files), where=together(files), project=PROJECT)


def prepare_any(values: Any, where: str, project: Path, results: Path = RESULTS) -> Campaign | PanelCampaign:
    """Return the campaign of a configuration of either kind, after the checks of `prepare` or `prepare_panel`."""
    kind = prepare_panel if isinstance(values, Mapping) and is_panel(values) else prepare
    return kind(values, where=where, project=project, results=results)


def laboratory_spread(scenario: Scenario, path: Path | None, names: tuple[str, ...]) -> float | dict[str, float] | None:
    """Return the spread between laboratories of a scenario: a number, or one for each drug from a table."""
    if path is not None:
        return read_laboratory_spread(path, names)
    return None if isinstance(scenario.laboratory_sd, str) else scenario.laboratory_sd


def _placed_drugs(name: str, folder: str, table: DrugTable) -> Path:
    """Return the file of the drugs that a finished campaign has placed on its map, which must be those of a table."""
    path, key = Path(folder) / "drugs.nc", f"panel.maps.{name}"
    if not path.is_file():
        raise UserError(key, folder, "the results folder of a finished campaign with drugs (it has no drugs.nc)")
    missing = set(table.names) - set(critical_multiples(path).names)
    if missing:
        raise UserError(f"{key}: drugs without a critical multiple", sorted(missing), "all drugs of panel.table")
    return path


def _people(people: People, project: Path) -> dict[str, Path]:
    """Return the files of measurements in people by key, after reading them."""
    named = {"apd90": people.apd90, "qt": people.qt, "cable": people.cable}
    named |= {f"channels.{name}": table for name, table in people.channels.items()}
    files = {key: find_table(path, project, key=f"panel.people.{key}", what="a file") for key, path in named.items()}
    human_apd.read_measurements(files["apd90"])
    human_qt.read_effects(files["qt"])
    for name in people.channels:
        drugs.read_drug_table(files[f"channels.{name}"], ["IKr"])
    return files


def _compounds(table: DrugTable, combinations: Mapping[str, Mapping[str, float]]) -> dict[str, Compound]:
    """Return drugs and combinations by the names of their files."""
    cmax = dict(zip(table.names, map(float, table.cmax_nM), strict=True))
    compounds = [
        Compound(name, {name: cmax[name]}, category) for name, category in zip(table.names, table.risk, strict=True)
    ]
    for name, parts in combinations.items():
        for drug in parts:
            if drug not in cmax:
                raise unknown("drug", drug, table.names, where=f"panel.combinations.{name}")
        compounds.append(Compound(name, {drug: multiple * cmax[drug] for drug, multiple in parts.items()}))
    named: dict[str, Compound] = {}
    for compound in compounds:
        stem = re.sub(r"[^A-Za-z0-9-]+", "_", compound.name)
        if stem.lower() in map(str.lower, named):
            raise UserError(f"two compounds whose files would be named {stem}", compound.name, "different names")
        named[stem] = compound
    return named


def _checked_scenario(
    name: str,
    scenario: Scenario,
    config: PanelConfig,
    table: DrugTable,
    joint: Path | None,
    laboratories: Path | None,
    compounds: Mapping[str, Compound],
) -> CellSimulator:
    """Return the simulator of a scenario, whose model, samples and compounds fit together."""
    where = f"panel.scenarios.{name}"
    try:
        model = cells.load(scenario.model.name, celltype=scenario.model.celltype)
    except UserError as error:
        raise error.within(f"{where}.model") from None
    if not model.kernel.PACED:
        raise UserError(f"{where}.model.name", scenario.model.name, "a model that can be paced; it has no stimulus")
    if scenario.population is not None:
        literals = _population_literals(scenario, model, where)
    else:
        samples = scenario_samples(
            table,
            joint,
            count=scenario.samples,
            laboratory_sd=laboratory_spread(scenario, laboratories, table.names),
            channels=scenario.channels,
            seed=config.seed,
            where=where,
        )
        literals = _binding_literals(scenario, samples, compounds, where)
    fingerprint = cells.load(scenario.model.name, celltype=scenario.model.celltype, vary=literals).fingerprint
    protocol = config.protocol.model_dump() | {"cycle_length": cycle_length(config, scenario)}
    return CellSimulator(scenario.model.name, scenario.model.celltype, fingerprint, literals=literals, **protocol)


def cycle_length(config: PanelConfig, scenario: Scenario) -> float:
    """Return the time between stimuli of a scenario [ms]."""
    return config.protocol.cycle_length if scenario.cycle_length is None else scenario.cycle_length


def _population_literals(scenario: Scenario, model: "cells.CellModel", where: str) -> tuple[str, ...]:
    """Return the conductances that differ between the cells of a scenario's population."""
    assert scenario.population is not None
    if scenario.binding == "dynamic":
        raise UserError(f"{where}.binding", "dynamic", "static with a population, which has point estimates of block")
    if scenario.laboratory_sd is not None:
        raise UserError(f"{where}.laboratory_sd", scenario.laboratory_sd, "null with a population")
    for current in scenario.population.scale:
        if current not in model.conductances:
            raise unknown("current", current, model.conductances, f"{where}.population.scale")
    return tuple(model.conductances[current] for current in scenario.population.scale)


def _binding_literals(
    scenario: Scenario, samples: DrugSamples, compounds: Mapping[str, Compound], where: str
) -> tuple[str, ...]:
    """Return the literals of a drug's binding to hERG, which model and first drug of each compound must have."""
    if scenario.binding == "static":
        return ()
    _check_binding(scenario, where)
    for compound in compounds.values():
        first = next(iter(compound.cmax_nM))
        if not samples.binds[samples.names.index(first)]:
            raise UserError(
                f"{first} has no constants of dynamic binding to hERG",
                expected=f"joint samples with them, or {where}.binding: static",
                where="panel.joint_samples",
            )
    return LITERALS


def _check_binding(scenario: Scenario, where: str) -> None:
    try:
        cells.load(scenario.model.name, celltype=scenario.model.celltype, vary=LITERALS)
    except UserError:
        raise UserError(
            f"{where}.binding",
            "dynamic",
            f"static: {scenario.model.name} has no dynamic binding to hERG; ohara-cipa-2017 has",
        ) from None
