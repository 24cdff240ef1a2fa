"""The space that a configuration explores, with what its model and its drug table say of each axis."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from pointes import cells, drugs
from pointes.campaign.configuration.axes import AxisSection
from pointes.campaign.configuration.loading import find_table
from pointes.campaign.configuration.schema import Config
from pointes.campaign.simulation.roles import (
    DIFFUSIVITY,
    LAYERS,
    NO_ROLES,
    Dosed,
    Roles,
    check_apart,
    is_of_tissue,
    scaled_parameter,
)
from pointes.campaign.space import BLOCK, CYCLE_LENGTH, DOSE, FIBROSIS, SCALE, VALUE, Axis, Space
from pointes.errors import UserError, unknown
from pointes.vocabulary import CYCLE_LENGTHS_MS, MOST_FIBROSIS

UNITS = {"mM": "mmol L-1", "uM": "umol L-1", "nM": "nmol L-1", "A/F": "A F-1", "mS/uF": "mS uF-1", "1": "1"}
"""Units of model files as netCDF files state them; others stay as they are."""


def roles_of(config: Config, table: Path | None = None) -> Roles:
    """Return the roles of a configuration's axes; the doses of a drug need the path of the drug table."""
    axes = config.parameters.axes
    values = (name for name, axis in axes.items() if axis.value is not None and not _is_known(name))
    factors = (name for name, axis in axes.items() if axis.scale is not None and not _is_known(name))
    doses = {name: _dosed(name, axis.dose, config, table) for name, axis in axes.items() if axis.dose is not None}
    return Roles(tuple(values), tuple(factors), doses, config.model.constants)


def explored(config: Config, where: str, *roots: Path) -> tuple[Space, Roles]:
    """Return the space of a file's configuration and the roles of its axes.

    The path of the drug table is relative to the working directory or to one of the ``roots``.
    """
    try:
        is_dosed = any(axis.dose is not None for axis in config.parameters.axes.values())
        table = find_table(config.drugs.table, *roots) if config.drugs is not None and is_dosed else None
        roles = roles_of(config, table)
        return explored_space(config, roles), roles
    except UserError as error:
        raise error.within(where) from None


def load_model(config: Config, roles: Roles = NO_ROLES) -> "cells.CellModel":
    """Return the compiled cell model of a configuration, with its stimulus level and the constants of the roles."""
    level = config.protocol.stimulus_level
    return cells.load(config.model.name, celltype=config.model.celltype, stimulus_level=level, vary=roles.literals)


def explored_space(config: Config, roles: Roles) -> Space:
    """Return the space of a configuration, whose axes must be possible.

    Raises
    ------
    UserError
        An axis is unknown to the model or to the tissue, does not fit its kind, or changes what another one changes.
    """
    model = load_model(config, roles)
    space = Space({name: _axis(name, axis, config, model) for name, axis in config.parameters.axes.items()})
    check_apart(dict(_changed(space, model)))
    return space


def _is_known(name: str) -> bool:
    """Return whether an axis is one of pointes's own, and no constant of a model."""
    return name == CYCLE_LENGTH or is_of_tissue(name)


def _axis(name: str, section: AxisSection, config: Config, model: "cells.CellModel") -> Axis:
    low, high = section.range
    where = f"parameters.{name}"
    if is_of_tissue(name):
        return _tissue_axis(name, section, config)
    if name == CYCLE_LENGTH:
        return _cycle_length(section, config)
    if section.block is not None:
        if name not in model.currents:
            place = "parameters.blocks" if name in config.parameters.blocks else where
            raise unknown("channel", name, model.currents, where=place)
        return Axis(low, high, BLOCK, section.log)
    if section.dose is not None:
        return Axis(low, high, DOSE, section.log)
    if section.scale is not None:
        scaled_parameter(name, model.conductances)
        return Axis(low, high, SCALE, section.log, control=1.0)
    if name not in model.parameters:
        raise unknown("constant", name, model.parameters, where=where)
    unit = model.units.get(name, "").strip("[]")
    published = config.model.constants.get(name, model.parameters[name])
    return Axis(low, high, VALUE, section.log, UNITS.get(unit, unit), published)


def _cycle_length(section: AxisSection, config: Config) -> Axis:
    low, high = section.range
    shortest, longest = map(float, CYCLE_LENGTHS_MS)
    key = f"parameters.{CYCLE_LENGTH}"
    if section.value is None:
        raise UserError(key, section.model_dump(exclude_none=True, mode="json"), "a value, in ms")
    shortest = max(shortest, config.protocol.stimulus_duration or 0.0)
    if not shortest <= low < high <= longest:
        raise UserError(f"{key}.value", [low, high], f"a range from {shortest:g} to {longest:g} ms")
    return Axis(low, high, VALUE, section.log, "ms", config.protocol.cycle_length)


def _tissue_axis(name: str, section: AxisSection, config: Config) -> Axis:
    """Return an axis of the tissue: a factor of both diffusivities, one of them, a layer's thickness, or fibrosis."""
    key, tissue = f"parameters.{name}", config.simulation.tissue
    if config.simulation.scale == "cell":
        raise UserError(key, section.model_dump(exclude_none=True), "an axis of a cell, as simulation.scale is cell")
    (low, high), layer = section.range, name.removeprefix(LAYERS)
    if name == DIFFUSIVITY and section.scale is not None:
        return Axis(low, high, SCALE, section.log, control=1.0)
    if name == FIBROSIS:
        return _fibrosis(section, config)
    known: dict[str, tuple[float, str]] = {
        f"{DIFFUSIVITY}.along": (tissue.diffusivity.along, "mm2 ms-1"),
        f"{DIFFUSIVITY}.across": (tissue.diffusivity.across, "mm2 ms-1"),
        **{f"{LAYERS}{celltype}": (thickness, "mm") for celltype, thickness in tissue.layers.items()},
    }
    if name not in known:
        raise unknown("axis of a tissue", name, [DIFFUSIVITY, FIBROSIS, *known], where=key)
    if section.value is None or low <= 0:
        expected = "a range of values above 0" if name != f"{LAYERS}{layer}" else "a range of thicknesses above 0"
        raise UserError(key, section.model_dump(exclude_none=True), expected)
    control, units = known[name]
    return Axis(low, high, VALUE, section.log, units, control)


def _fibrosis(section: AxisSection, config: Config) -> Axis:
    """Return the axis of the density of fibrosis."""
    key, (low, high) = f"parameters.{FIBROSIS}", section.range
    if config.simulation.scale == "cable":
        raise UserError(key, section.model_dump(exclude_none=True), "a tissue that a patch does not cut, not a cable")
    if section.value is None or not 0 <= low < high <= MOST_FIBROSIS:
        raise UserError(key, section.model_dump(exclude_none=True), f"a value with a range from 0 to {MOST_FIBROSIS:g}")
    return Axis(low, high, VALUE, section.log, "1", config.simulation.tissue.fibrosis.density)


def _dosed(name: str, drug: str, config: Config, table: Path | None) -> tuple[Dosed, ...]:
    """Return the blocks of all channels of the model by a drug of the table, by their point estimates."""
    key = f"parameters.{name}.dose"
    if table is None:
        raise UserError(key, drug, "a drug of drugs.table, which is null")
    read = drugs.read_drug_table(table, (), load_model(config).currents)
    if drug not in read.names:
        raise unknown("drug", drug, read.names, where=key)
    row = read.names.index(drug)
    ic50_nM, hill = (estimate[row].tolist() for estimate in read.point_estimate())
    cmax_nM = float(read.cmax_nM[row])
    known = zip(read.channels, ic50_nM, hill, strict=True)
    return tuple(Dosed(channel, ic50 / cmax_nM, slope) for channel, ic50, slope in known if isfinite(ic50))


def _changed(space: Space, model: "cells.CellModel") -> Iterator[tuple[str, str]]:
    """Yield each axis that changes a parameter of the model, and the parameter; doses may add to blocks."""
    for name, axis in space.items():
        if axis.kind == BLOCK:
            yield name, model.conductances[name]
        elif axis.kind == SCALE and not _is_known(name):
            yield name, scaled_parameter(name, model.conductances)
        elif axis.kind == VALUE and not _is_known(name):
            yield name, name
