"""What is settled before the first job: the configuration is sound, its names exist, the results folder is its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointes.campaign.configuration.loading import find_table, parse
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import identity
from pointes.campaign.simulation.simulators import CellSimulator, Simulator, configured_simulator
from pointes.campaign.simulation.tissue import describe_tissue, in_keys
from pointes.campaign.steps import warm_start
from pointes.errors import UserError, unknown

if TYPE_CHECKING:
    from pointes.cells import CellModel

RESULTS = Path("results")


@dataclass(frozen=True)
class Campaign:
    """A configuration that passed all checks.

    Attributes
    ----------
    config
        The configuration.
    fingerprint
        Hash of the model's equations and the numerical method, of the tissue's if there is one.
    folder
        Where the results go.
    drugs
        Path of the drug table; None without drugs.
    notes
        What is to be told before the first job: what was converted, computed or left out as the drug table was read.
    warm_start
        Results folder of the campaign whose simulations it begins with; None without.
    """

    config: Config
    fingerprint: str
    folder: Path
    drugs: Path | None
    notes: tuple[str, ...] = ()
    warm_start: Path | None = None

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
    def celltypes(self) -> list[str | None]:
        """Cell types of the model, or of the tissue's layers; None stands for the model's first one."""
        if self.config.simulation.scale == "cell":
            return [self.config.model.celltype]
        return list(describe_tissue(self.config).celltypes.values())


def prepare(values: dict[str, Any], where: str, project: Path, results: Path = RESULTS) -> Campaign:
    """Check a campaign's configuration and its results folder.

    Parameters
    ----------
    values
        The configuration as read from YAML.
    where
        The file it came from.
    project
        Folder in which the drug table is looked for if it is not in the working directory.
    results
        Folder in which the campaign has its own.

    Raises
    ------
    UserError
        One line for each mistake in the configuration; or a name that does not exist, a faulty drug table, a results
        folder of something else, or an earlier campaign that does not fit.
    """
    config = parse(values, where)
    _check_fidelities(config, where)
    folder = results / config.name
    settled = identity.was_made_with(folder, config)
    fingerprint = model_fingerprint(config, where, settled=settled)
    if not settled:
        _check_control(config, where)
    from pointes.drugs import SCORED, read_drug_table

    begun_with, drugs, notes = None, None, ()
    try:
        if config.drugs is not None:
            drugs = find_table(config.drugs.table, project)
            table = read_drug_table(drugs, list(config.parameters.blocks), SCORED)
            notes = tuple(f"drug table {drugs}: {note}" for note in table.notes)
        identity.check(folder, config)
        if config.learning.warm_start is not None:
            begun_with = warm_start.resolve(config, fingerprint, settled=settled)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return Campaign(config, fingerprint, folder, drugs, notes, begun_with)


def _check_fidelities(config: Config, where: str) -> None:
    scales, scale = config.learning.fidelities, config.simulation.scale
    if scales is None:
        return
    if scales[-1] != scale:
        raise UserError(
            f"{where}: learning.fidelities: {list(scales)}; expected the last to be simulation.scale, which is {scale}"
        )
    if config.learning.warm_start is not None:
        raise UserError(
            f"{where}: learning.warm_start: {config.learning.warm_start!r}; expected null with learning.fidelities: "
            "earlier simulations are of one scale, and what they cost is not known"
        )
    if config.replays.enabled is True:
        raise UserError(
            f"{where}: replays.enabled: true; expected auto or false with learning.fidelities: the comparison counts "
            "simulations, and those of two scales cannot be added up"
        )


def load_model(config: Config) -> "CellModel":
    """Return the compiled cell model of a configuration, with the level of its stimulus."""
    from pointes import cells

    return cells.load(config.model.name, celltype=config.model.celltype, stimulus_level=config.protocol.stimulus_level)


def model_fingerprint(config: Config, where: str, *, settled: bool = False) -> str:
    """Return the fingerprint of the configured model if it, its cell type and all its currents exist.

    A tissue is put together to see whether it can be, unless it is settled that it can: every job asks.
    """
    try:
        model = load_model(config)
    except UserError as error:
        raise UserError(f"{where}: model: {error}") from None
    if not model.kernel.PACED:
        raise UserError(f"{where}: model.name: {model.name} has no stimulus; expected a model that can be paced")
    for current in config.parameters.blocks:
        if current not in model.currents:
            raise unknown("channel", current, model.currents, where=f"parameters.blocks of {where}")
    return model.fingerprint if config.simulation.scale == "cell" else _check_tissue(config, where, settled)


def _check_control(config: Config, where: str) -> None:
    """Refuse a cell whose labels would all be the same or missing: there would be nothing to learn."""
    from pointes import cells

    model = load_model(config)
    if reason := cells.cannot_repolarise(model):
        raise UserError(f"{where}: model.name: {reason}; expected a cell that rests below that level")
    if reason := cells.is_not_excited(model, config.protocol.stimulus_duration):
        raise UserError(
            f"{where}: {reason}; expected a longer or stronger stimulus, by protocol.stimulus_duration or "
            "protocol.stimulus_level"
        )


def _check_tissue(config: Config, where: str, settled: bool) -> str:
    from pointes.tissue import assembly
    from pointes.tissue import description as setup

    try:
        tissue = describe_tissue(config)
        if not settled:
            assembly.check(tissue)
    except UserError as error:
        raise UserError(f"{where}: {in_keys(str(error))}") from None
    return setup.fingerprint(tissue)
