"""Checks before the first job: the configuration is sound, its names exist, and the results folder is its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointes import cells, drugs
from pointes.batches.cluster import ClusterSettings
from pointes.batches.requirements import check_cluster
from pointes.campaign.configuration.loading import find_table, parse
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import identity
from pointes.campaign.settings import cluster_settings
from pointes.campaign.simulation.simulators import CellSimulator, Simulator, configured_simulator
from pointes.campaign.simulation.tissue import describe_tissue, in_keys
from pointes.campaign.steps import warm_start
from pointes.errors import UserError, unknown

RESULTS = Path("results")


@dataclass(frozen=True)
class Campaign:
    """A configuration that passed all checks."""

    config: Config
    fingerprint: str  # hash of the cell model or the tissue and of the numerical method
    folder: Path  # results folder
    drugs: Path | None  # path of the drug table; None without drugs
    notes: tuple[str, ...] = ()  # remarks on what was converted, computed or left out as the drug table was read
    warm_start: Path | None = None  # results folder of the campaign whose simulations are taken over, if any

    @property
    def simulator(self) -> Simulator:
        """Simulator of the points; in two-fidelity campaigns that of the high fidelity."""
        return configured_simulator(self.config, self.fingerprint)

    @property
    def simulators(self) -> dict[str, Simulator]:
        """Simulators by the folder of their shards: by scale, the low fidelity first, or one under an empty name."""
        scales = self.config.learning.fidelities
        if scales is None:
            return {"": self.simulator}
        low = CellSimulator.of(self.config, load_model(self.config).fingerprint)
        return dict(zip(scales, (low, self.simulator), strict=True))

    @property
    def inputs(self) -> dict[str, Path]:
        """Paths of the files that the configuration names, by key; those of a warm start are in ``imported.nc``."""
        simulation = self.config.simulation
        image = simulation.tissue.image if simulation.scale == "image" else None
        files = {
            "model.name": Path(self.config.model.name),
            "simulation.tissue.image.file": None if image is None else Path(image.file),
            "drugs.table": self.drugs,
        }
        return {key: path for key, path in files.items() if path is not None and path.suffix and path.is_file()}

    @property
    def celltypes(self) -> list[str | None]:
        """Cell types of the model, or of the tissue's layers; None stands for the model's first one."""
        if self.config.simulation.scale == "cell":
            return [self.config.model.celltype]
        return list(describe_tissue(self.config).celltypes.values())


def prepare(values: dict[str, Any], where: str, project: Path, results: Path = RESULTS) -> Campaign:
    """Check the configuration of a campaign, its drug table, its results folder and the campaign of its warm start.

    ``values`` are those of the YAML file ``where``. The path of the drug table is relative to the working directory or
    to ``project``; the campaign's folder is in ``results``.
    """
    config = parse(values, where)
    folder = results / config.name
    settled = identity.was_made_with(folder, config)
    checked_cluster(config, where, folder)
    fingerprint = model_fingerprint(config, where, settled=settled)
    notes: tuple[str, ...] = ()
    path = warm_start_folder = None
    try:
        _check_fidelities(config)
        if not settled:
            _check_control(config)
        if config.drugs is not None:
            path = find_table(config.drugs.table, project)
            table = drugs.read_drug_table(path, list(config.parameters.blocks), drugs.SCORED)
            notes = tuple(f"drug table {path}: {note}" for note in table.notes)
        identity.check(folder, config)
        if config.learning.warm_start is not None:
            warm_start_folder = warm_start.resolve(config, fingerprint, settled=settled)
    except UserError as error:
        raise error.within(where) from None
    return Campaign(config, fingerprint, folder, path, notes, warm_start_folder)


def _check_fidelities(config: Config) -> None:
    scales, scale = config.learning.fidelities, config.simulation.scale
    if scales is None:
        return
    if scales[-1] != scale:
        raise UserError("learning.fidelities", scales, f"the last to be simulation.scale, which is {scale}")
    if config.learning.warm_start is not None:
        raise UserError(
            "learning.warm_start",
            config.learning.warm_start,
            "null with learning.fidelities: earlier simulations are of one scale, and what they cost is not known",
        )
    if config.replays.enabled is True:
        raise UserError(
            "replays.enabled",
            "true",
            "auto or false with learning.fidelities: the comparison counts simulations, and those of two scales cannot "
            "be added up",
        )


def checked_cluster(config: Config | PanelConfig, where: str, folder: Path) -> ClusterSettings:
    """Return what the cluster of a file's configuration is told, if it can be opened here."""
    settings = cluster_settings(config, folder)
    try:
        check_cluster(settings, config.execution.workers)
    except UserError as error:
        raise error.within(where) from None
    return settings


def load_model(config: Config) -> "cells.CellModel":
    """Return the compiled cell model of a configuration, with the level of its stimulus."""
    return cells.load(config.model.name, celltype=config.model.celltype, stimulus_level=config.protocol.stimulus_level)


def model_fingerprint(config: Config, where: str, *, settled: bool = False) -> str:
    """Return the fingerprint of the cell model or tissue of a file's configuration, whose names must exist.

    A tissue is assembled to check it, unless ``settled``: a run with the same configuration has done so.
    """
    try:
        model = load_model(config)
    except UserError as error:
        raise error.within("model").within(where) from None
    if not model.kernel.PACED:
        raise UserError("model.name", config.model.name, "a model that can be paced; it has no stimulus", where)
    for current in config.parameters.blocks:
        if current not in model.currents:
            raise unknown("channel", current, model.currents, where=f"parameters.blocks of {where}")
    return model.fingerprint if config.simulation.scale == "cell" else _tissue_fingerprint(config, where, settled)


def _check_control(config: Config) -> None:
    """Refuse a cell whose labels would all be the same or missing: there would be nothing to learn."""
    model = load_model(config)
    if reason := cells.cannot_repolarise(model):
        raise UserError(f"model.name: {reason}", expected="a cell that rests below that level")
    if reason := cells.is_not_excited(model, config.protocol.stimulus_duration):
        raise UserError(
            reason, expected="a longer or stronger stimulus, by protocol.stimulus_duration or protocol.stimulus_level"
        )


def _tissue_fingerprint(config: Config, where: str, settled: bool) -> str:
    from pointes.tissue import assembly, description  # these load numba, which checks of cells do without

    try:
        tissue = describe_tissue(config)
        if not settled:
            assembly.check(tissue)
        return description.fingerprint(tissue)
    except UserError as error:
        raise in_keys(error).within(where) from None
