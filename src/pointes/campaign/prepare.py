"""Checks before the first job: the configuration is sound, its names exist, and the results folder is its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pointes import cells, drugs
from pointes.batches.cluster import ClusterSettings
from pointes.batches.requirements import check_cluster
from pointes.campaign.configuration.loading import find_table, parse
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.configuration.schema import Config
from pointes.campaign.distributions import KEY as DISTRIBUTIONS
from pointes.campaign.distributions import distributions_of, sample_files
from pointes.campaign.exploration import explored, load_model
from pointes.campaign.files import identity
from pointes.campaign.files.samples import read_points
from pointes.campaign.goal import THE_GOAL, Goal, check_results, goal_of
from pointes.campaign.settings import cluster_settings
from pointes.campaign.simulation.roles import NO_ROLES, Roles
from pointes.campaign.simulation.simulators import CellSimulator, Simulator, coarse_simulator, configured_simulator
from pointes.campaign.simulation.tissue import describe_tissue, in_keys
from pointes.campaign.space import Space
from pointes.campaign.steps import sweep, warm_start
from pointes.campaign.target import Target
from pointes.errors import UserError, unknown
from pointes.vocabulary import COARSE

RESULTS = Path("results")

DIRECT_CELLS = 512
"""Number of direct simulations of cells by default."""


@dataclass(frozen=True)
class Campaign:
    """A configuration that passed all checks."""

    config: Config
    fingerprint: str  # hash of the cell model or the tissue and of the numerical method
    folder: Path  # results folder
    space: Space  # that is explored
    roles: Roles = NO_ROLES  # of its axes in a simulation
    goal: Goal = THE_GOAL  # what is learned, and how well
    drugs: Path | None = None  # path of the drug table; None without drugs
    notes: tuple[str, ...] = ()  # remarks on what was converted, computed or left out as the drug table was read
    sample_files: Mapping[str, Path] = field(default_factory=dict)  # paths of the files of samples of axes, by axis
    sweep_file: Path | None = None  # path of the file with the points of a sweep, if any
    warm_start: Path | None = None  # results folder of the campaign whose simulations are taken over, if any

    @property
    def simulator(self) -> Simulator:
        """Simulator of the points; in two-fidelity campaigns that of the high fidelity."""
        return configured_simulator(self.config, self.fingerprint, self.roles)

    @property
    def simulators(self) -> dict[str, Simulator]:
        """Simulators by the folder of their shards: by scale, the low fidelity first, or one under an empty name."""
        scales = self.config.learning.fidelities
        if scales is None:
            return {"": self.simulator}
        low: Simulator
        if scales[0] == COARSE:
            low = coarse_simulator(self.config, self.fingerprint, self.roles)
        else:
            low = CellSimulator.of(self.config, load_model(self.config).fingerprint, self.roles)
        return dict(zip(scales, (low, self.simulator), strict=True))

    @property
    def places_drugs(self) -> bool:
        """Whether drugs are placed on the map: it must be one of arrhythmia, over blocks of currents."""
        of_map = self.config.sweep is None and self.goal.target.is_default and bool(self.space.blocks)
        return self.drugs is not None and of_map

    @property
    def direct_simulations(self) -> int:
        """Number of direct simulations that check what the surrogate says of the uncertainty."""
        asked = self.config.uncertainty
        if asked is None:
            return 0
        if asked.direct != "auto":
            return asked.direct
        return DIRECT_CELLS if self.config.simulation.scale == "cell" else 0

    @property
    def inputs(self) -> dict[str, Path]:
        """Paths of the files that the configuration names, by key; those of a warm start are in ``imported.nc``."""
        simulation = self.config.simulation
        image = simulation.tissue.image if simulation.scale == "image" else None
        files = {
            "model.name": Path(self.config.model.name),
            "simulation.tissue.image.file": None if image is None else Path(image.file),
            "drugs.table": self.drugs,
            "sweep.file": self.sweep_file,
            **{f"{DISTRIBUTIONS}.{name}.samples": path for name, path in self.sample_files.items()},
        }
        return {key: path for key, path in files.items() if path is not None and path.suffix and path.is_file()}

    @property
    def cell_simulators(self) -> list[CellSimulator]:
        """Simulators of the single cells of the tissue, one for each cell type; none in campaigns of cells."""
        if self.config.simulation.scale == "cell":
            return []
        simulator = CellSimulator.of(self.config, self.fingerprint, self.roles)
        return [replace(simulator, celltype=name) for name in describe_tissue(self.config).celltypes.values()]


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
    space, roles = explored(config, where, project)
    notes: tuple[str, ...] = ()
    path = warm_start_folder = sweep_file = None
    try:
        _check_fidelities(config)
        sweep_file = _checked_sweep(config, space, project)
        files = _checked_distributions(config, space, project)
        goal = goal_of(config)
        if not settled:
            _check_control(config)
            check_results(config, goal.target, roles)
        if config.drugs is not None:
            path = find_table(config.drugs.table, project)
            notes = () if config.sweep else _notes_on_drugs(path, space, goal)
        identity.check(folder, config)
        if config.learning.warm_start is not None:
            warm_start_folder = warm_start.resolve(config, space, fingerprint, settled=settled)
    except UserError as error:
        raise error.within(where) from None
    return Campaign(config, fingerprint, folder, space, roles, goal, path, notes, files, sweep_file, warm_start_folder)


def _checked_sweep(config: Config, space: Space, project: Path) -> Path | None:
    """Return the path of the points of a sweep, if they are those of a file; refuse what makes no sense with one."""
    asked = config.sweep
    if asked is None:
        if len(space) < 2:
            raise UserError("parameters", ", ".join(space), "at least two axes, which span the map")
        return None
    for key, value in {"fidelities": config.learning.fidelities, "warm_start": config.learning.warm_start}.items():
        if value is not None:
            raise UserError(f"learning.{key}", str(value), "null with sweep, which learns nothing")
    if (count := sweep.size(space, asked.design, asked.n)) > sweep.MOST:
        raise UserError("sweep.n", asked.n, f"at most {sweep.MOST} points; these are {count:.3g}")
    if asked.file is None:
        return None
    path = find_table(asked.file, project, key="sweep.file", what="a CSV file of points")
    read_points(path, space)
    return path


def _checked_distributions(config: Config, space: Space, project: Path) -> dict[str, Path]:
    """Return the paths of the files of samples of axes, whose distributions must fit the space."""
    if config.uncertainty is None:
        return {}
    if config.sweep is not None:
        raise UserError("uncertainty", "distributions", "null with sweep, which learns nothing")
    if config.learning.fidelities is not None and config.uncertainty.direct != 0:
        raise UserError("uncertainty.direct", config.uncertainty.direct, "0 with learning.fidelities")
    files = sample_files(config, project)
    given = config.uncertainty.model_dump(mode="json")["distributions"]
    distributions_of(given, files, space)
    return files


def _notes_on_drugs(path: Path, space: Space, goal: Goal) -> tuple[str, ...]:
    """Return remarks on a drug table that must have the blocks of a space; why no drug is placed, if so."""
    if not goal.target.is_default:
        return ("no drug is placed on the map: what is learned is not the label of arrhythmia",)
    if not space.blocks:
        return ("no drug is placed on the map: no axis is the block of a current",)
    table = drugs.read_drug_table(path, space.blocks, drugs.SCORED)
    return tuple(f"drug table {path}: {note}" for note in table.notes)


def _check_fidelities(config: Config) -> None:
    scales, scale = config.learning.fidelities, config.simulation.scale
    of_class = Target.parse(config.learning.target).is_class
    if config.replays.enabled is True and not of_class:
        raise UserError("replays.enabled", "true", "auto or false where quantities are learned")
    if scales is None:
        return
    if scales[-1] != scale:
        raise UserError("learning.fidelities", scales, f"the last to be simulation.scale, which is {scale}")
    if scales[0] == COARSE:
        _check_coarse(config)
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


def _check_coarse(config: Config) -> None:
    """Refuse a coarse tissue that has no spacing of its own, or one that is not coarser."""
    tissue, key = config.simulation.tissue, "simulation.tissue.coarse_spacing"
    if config.simulation.scale == "image":
        raise UserError("learning.fidelities", config.learning.fidelities, "cell and image: an image has one spacing")
    if tissue.coarse_spacing is None:
        raise UserError(key, "null", "the spacing of the low fidelity, which is coarse")
    if tissue.coarse_spacing <= tissue.spacing:
        raise UserError(key, tissue.coarse_spacing, f"more than simulation.tissue.spacing, which is {tissue.spacing:g}")


def checked_cluster(config: Config | PanelConfig, where: str, folder: Path) -> ClusterSettings:
    """Return what the cluster of a file's configuration is told, if it can be opened here."""
    settings = cluster_settings(config, folder)
    try:
        check_cluster(settings, config.execution.workers)
    except UserError as error:
        raise error.within(where) from None
    return settings


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
