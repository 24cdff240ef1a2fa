"""Joint samples of drugs in netCDF files, and the samples of a scenario of a panel."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pointes import drugs, netcdf
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.panel.points import HERG
from pointes.drugs import BINDING, DrugSamples, DrugTable
from pointes.errors import UserError, unknown
from pointes.files import reading_netcdf
from pointes.netcdf import Variable
from pointes.tables import number, read_table


def read_joint_samples(path: Path) -> DrugSamples:
    """Read joint samples from a CSV file (`pointes.drugs.read_samples`) or a netCDF file.

    A netCDF file has the dimensions ``drug``, ``sample``, ``channel`` and ``parameter`` with coordinates ``drug``,
    ``channel`` (hERG is another name of IKr) and ``parameter`` (the constants of `pointes.drugs.BINDING`), and the
    variables ``ic50(drug, sample, channel)`` [nM], ``hill(drug, sample, channel)`` [-] and, if binding is known,
    ``binding(drug, sample, parameter)``. Missing values are unknown.
    """
    if path.suffix != ".nc":
        return drugs.read_samples(path)
    expected = "the variables ic50, hill and perhaps binding along drug, sample, channel and parameter"
    try:
        with reading_netcdf(path) as file:
            netcdf.check_sizes(file, path)
            names = tuple(map(str, file["drug"][:]))
            channels = tuple("IKr" if name == "hERG" else str(name) for name in file["channel"][:])
            ic50_nM, hill = (np.asarray(file[name][:], float) for name in ("ic50", "hill"))
            binding = np.full((*ic50_nM.shape[:2], len(BINDING)), np.nan)
            if "binding" in file.variables:
                columns = [list(map(str, file["parameter"][:])).index(name) for name in BINDING]
                binding = np.asarray(file["binding"][:], float)[..., columns]
        if ic50_nM.shape != hill.shape or ic50_nM.shape[::2] != (len(names), len(channels)):
            raise ValueError("arrays of other shapes than their coordinates")
    except (OSError, RuntimeError, IndexError, TypeError, ValueError) as error:
        raise UserError(f"cannot read joint samples from this file ({error})", expected=expected, where=path) from None
    for channel in channels:
        if channel not in drugs.CHANNELS:
            raise unknown("channel", channel, drugs.CHANNELS, where=path)
    samples = DrugSamples(names, channels, ic50_nM, hill, binding)
    drugs.check_samples(samples, path)
    return samples


def write_joint_samples(path: Path | str, samples: DrugSamples) -> None:
    """Write joint samples to a netCDF file that `read_joint_samples` reads."""
    along = ("drug", "sample", "channel")
    units = ", ".join(f"{name} [{unit}]" for name, unit in BINDING.items())
    variables = {
        "drug": variable(("drug",), np.array(samples.names), "drug"),
        "channel": variable(("channel",), np.array(samples.channels), "current that is blocked"),
        "parameter": variable(("parameter",), np.array(list(BINDING)), "constant of dynamic binding to hERG"),
        "ic50": variable(along, samples.ic50_nM, "concentration of half block", "nmol L-1", fill_value=np.nan),
        "hill": variable(along, samples.hill, "Hill coefficient", "1", fill_value=np.nan),
        "binding": Variable(
            ("drug", "sample", "parameter"),
            samples.binding,
            {"long_name": f"constants of dynamic binding to hERG: {units}"},
            np.nan,
        ),
    }
    write_netcdf(path, variables, {"title": "Joint samples of the pharmacology of drugs"})


def scenario_samples(
    table: DrugTable,
    joint: Path | None,
    *,
    count: int,
    laboratory_sd: float | Mapping[str, float] | None,
    channels: Sequence[str] | None,
    seed: int,
    where: str,
) -> DrugSamples:
    """Return the samples of a scenario, for the drugs of a table in its order.

    Parameters
    ----------
    table
        Drugs.
    joint
        File of joint samples, of which each drug takes the first ``count``; None: draws from the table's quantiles.
    count
        Number of samples.
    laboratory_sd
        Standard deviation of log10 IC50 of hERG between laboratories [decades], for all drugs or by drug; None: none.
    channels
        Channels that the drugs block; None: all that are known.
    seed
        Seed of draws.
    where
        Place in the configuration, for messages.

    Raises
    ------
    UserError
        The file cannot be read, lacks a drug of the table, or has fewer samples than ``count``.
    """
    if joint is None:
        samples = drugs.samples_of_table(table, count, seed)
    else:
        samples = read_joint_samples(joint)
        for name in table.names:
            if name not in samples.names:
                raise unknown("drug", name, samples.names, where=f"joint samples {joint}")
        if samples.count < count:
            raise UserError(f"{where}.samples", count, f"at most {samples.count}, the number of samples in {joint}")
        samples = samples.of(table.names).first(count)
    if channels is not None:
        samples = samples.blocking(channels)
    if laboratory_sd is None:
        return samples
    spread = laboratory_sd if isinstance(laboratory_sd, Mapping) else dict.fromkeys(table.names, laboratory_sd)
    return samples.between_laboratories(HERG, spread, seed)


def point_estimates(table: DrugTable, count: int) -> DrugSamples:
    """Return the point estimates of a table's drugs so many times, as the samples of as many cells."""
    shape = (len(table.names), count, len(table.channels))
    ic50_nM, hill = (np.broadcast_to(values[:, None], shape) for values in table.point_estimate())
    known = np.isfinite(ic50_nM)
    binding = np.full((*shape[:2], len(BINDING)), np.nan)
    return DrugSamples(table.names, table.channels, ic50_nM, np.where(known, hill, np.nan), binding)


def read_laboratory_spread(path: Path, names: tuple[str, ...]) -> dict[str, float]:
    """Return the spread of hERG between laboratories by drug [decades of IC50]; the median where a drug has none."""
    table = read_table(path, "drug")
    column = "between_site_sd_log10"
    table.check_columns(["drug", column])
    spread = {}
    for line, cells in table.rows():
        value = number(cells[column])
        if cells[column] and not 0 <= value <= 2:
            raise UserError(column, cells[column], "a number from 0 to 2, or blank", f"{path}: line {line}")
        if cells[column]:
            spread[cells["drug"]] = value
    if not spread:
        raise UserError(f"no value in column {column!r}", expected="one or more", where=path)
    return {name: spread.get(name, float(np.median(list(spread.values())))) for name in names}
