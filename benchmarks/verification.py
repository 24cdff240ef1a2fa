"""All cell models against the reference tables of tests/data, and how accuracy and cost depend on the tolerance.

    python benchmarks/verification.py [--rows] [--cvodes]

Prints Markdown: the worst error of each cell type and of each quantity over all reference rows, then the table of
tolerances. With --rows, also the row of each worst error; with --cvodes, the beats that no integrator determines, by
Myokit's CVODES (needs a C compiler and the SUNDIALS headers). About four minutes on one core.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import myokit
import numpy as np

from pointes import cells
from pointes.cells import parsing
from pointes.cells.stepper import Row
from pointes.vocabulary import TOLERANCE

DATA = Path(__file__).parents[1] / "tests" / "data"
COLUMNS = {  # of the table of cell types, and what they contain
    "V rest [mV]": ["rmp_mV"],
    "V peak [mV]": ["vpeak_mV"],
    "dV/dt max [%]": ["dvdt_max_V_per_s", "dvdt_max_after_stim_V_per_s"],
    "APD30, 50 [ms]": ["apd30_ms", "apd50_ms"],
    "APD90 [ms]": ["apd90_ms"],
    "Ca diastolic [%]": ["cai_dia_mM"],
    "Ca peak, amplitude [%]": ["cai_peak_mM", "cat_amp_mM"],
    "Ca times [ms]": ["t_cai_peak_ms", "catd50_ms", "catd80_ms"],
    "qNet [%]": ["qnet_uC_per_uF"],
    "peak ICaL, IKr [%]": ["peak_ICaL_A_per_F", "peak_IKr_A_per_F"],
}
SWEPT = {  # models of the table of tolerances, with their cell type
    "ohara-2011": "endo",
    "ohara-cipa-2017": "endo",
    "torord-fkatp": "endo",
    "tentusscher-2006": "epi",
}
SWEEP = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5)

Reference = dict[str, str]  # one row of a table


def table(file: str) -> list[Reference]:
    with (DATA / file).open() as stream:
        return list(csv.DictReader(stream))


LIMITS = {row["quantity"]: (float(row["absolute"]), float(row["relative"])) for row in table("tolerances.csv")}


@dataclass
class Error:
    """The largest error of a quantity, and where it was found."""

    size: float = 0.0  # percent for quantities whose tolerance is relative, else in their own unit
    share: float = 0.0  # of the tolerance
    row: Reference = field(default_factory=dict)

    def where(self) -> str:
        if not self.row:
            return "–"
        names = f"{self.row['model']} {self.row['celltype']}, {self.row['case']}"
        return f"{names}, {self.row['cl_ms']} ms, beat {self.row['beat']}"


def protocol(row: Reference) -> tuple[str, str, float, int]:
    return row["model"], row["celltype"], float(row["cl_ms"]), int(row["beat"])


def determined() -> list[Reference]:
    return [row for row in table("biomarkers.csv") if row["regime"] not in ("alternating", "irregular")]


def compiled(model: str, celltype: str) -> cells.CellModel:
    """Return a cell type in which everything can vary that varies in its cases."""
    values = {row["name"]: None for row in table("cases.csv") if row["model"] == model and row["kind"] == "value"}
    return cells.load(model, celltype, vary=tuple(values))


def paced(rows: list[Reference], tolerance: float = TOLERANCE) -> dict[str, np.ndarray]:
    """Return the biomarkers of reference rows that share cell type, cycle length and beat."""
    model, celltype, cycle_length, beat = protocol(rows[0])
    cell = compiled(model, celltype)
    cases = [row["case"] for row in rows]
    blocks, values = {}, {}
    for row in table("cases.csv"):
        if row["model"] == model and row["case"] in cases:
            kind, usual = (blocks, 0.0) if row["kind"] == "block" else (values, cell.parameters[row["name"]])
            column = kind.setdefault(row["name"], np.full(len(cases), usual))
            column[cases.index(row["case"])] = float(row["value"])
    return cells.pace(cell, blocks, cycle_length=cycle_length, beats=beat, values=values, tolerance=tolerance)


def together(rows: list[Reference]) -> Iterator[list[Reference]]:
    for _, group in groupby(sorted(rows, key=protocol), protocol):
        yield list(group)


def errors(result: dict[str, np.ndarray], k: int, row: Reference) -> Iterator[tuple[str, Error]]:
    """Yield the error of each quantity that the reference row has."""
    for name, (absolute, relative) in LIMITS.items():
        if not row[name] or (name == "dvdt_max_after_stim_V_per_s" and float(row[name]) < 0):
            continue
        expected = float(row[name])
        size = abs(result[name][k] - expected)
        size = size if np.isfinite(size) else np.inf
        limit = max(absolute, relative * abs(expected), 1e-12)  # the largest IKr is 0 where all of it is blocked
        shown = size if absolute > 0 else 100 * size * relative / limit
        yield name, Error(shown, size / limit, row)


def equations(model: str, celltype: str) -> float:
    """Return the largest relative error of the derivatives, of what is small beside the other points in their terms."""
    cell = compiled(model, celltype)
    points = {}
    for row in table("derivatives.csv"):
        if (row["model"], row["celltype"]) == (model, celltype):
            points.setdefault(row["point"], {})[row["state"]] = float(row["value"]), float(row["derivative_per_ms"])
    reference = np.array([[point[name] for name in cell.states] for point in points.values()])
    expected = reference[:, :, 1]
    found = np.array([cell.derivatives(state) for state in reference[:, :, 0]])
    size = np.maximum(np.abs(expected), 1e-6 * np.abs(expected).max(axis=0))
    return np.max(np.abs(found - expected)[size > 0] / size[size > 0])


def verify() -> tuple[dict[tuple[str, str], dict[str, Error]], dict[tuple[str, str], list[int]]]:
    """Return the worst error of each cell type and quantity; and of each cell type the numbers of rows, wrong flags."""
    worst, counts = {}, {}
    for rows in together(determined()):
        key = protocol(rows[0])[:2]
        best, count = worst.setdefault(key, {name: Error() for name in LIMITS}), counts.setdefault(key, [0, 0])
        result = paced(rows)
        for k, row in enumerate(rows):
            for name, error in errors(result, k, row):
                best[name] = max(best[name], error, key=lambda error: error.share)
            flags = result["ead"][k], np.isfinite(result["apd90_ms"][k])
            count[0] += 1
            count[1] += flags != (int(row["ead"]), int(row["repolarised"])) or result["status"][k] != 0
    return worst, counts


def print_table(head: list[str], lines: list[list[str]]) -> None:
    for line in (head, ["---"] * len(head), *lines):
        print(f"| {' | '.join(line)} |")
    print()


def print_verification(every_row: bool) -> None:
    worst, counts = verify()
    lines = []
    for key in dict.fromkeys((row["model"], row["celltype"]) for row in table("derivatives.csv")):
        found = worst.get(key, {name: Error() for name in LIMITS})
        cells_of_line = []
        for names in COLUMNS.values():
            sizes = [found[name].size for name in names if found[name].row]
            cells_of_line.append(f"{max(sizes):.2g}" if sizes else "–")
        rows, wrong = counts.get(key, (0, 0))
        lines.append([" ".join(key), f"{equations(*key):.0e}", str(rows), *cells_of_line, str(wrong) if rows else "–"])
    print_table(["cell", "equations", "rows", *COLUMNS, "wrong flags"], lines)
    overall = {name: max((found[name] for found in worst.values()), key=lambda e: e.share) for name in LIMITS}
    print_table(
        ["quantity", "tolerance", "worst error", "of tolerance", "where"],
        [[name, limit(name), shown(name, e), f"{100 * e.share:.0f} %", e.where()] for name, e in overall.items()],
    )
    if every_row:
        print_table(
            ["cell", "quantity", "worst error", "of tolerance", "where"],
            [
                [" ".join(key), name, shown(name, e), f"{100 * e.share:.0f} %", e.where()]
                for key, found in worst.items()
                for name, e in found.items()
                if e.row
            ],
        )


def limit(name: str) -> str:
    absolute, relative = LIMITS[name]
    parts = [f"{absolute:g} {name.rsplit('_', 1)[1]}"] * (absolute > 0) + [f"{100 * relative:g} %"] * (relative > 0)
    return " or ".join(parts)


def shown(name: str, error: Error) -> str:
    return f"{error.size:.2g} {name.rsplit('_', 1)[1] if LIMITS[name][0] > 0 else '%'}"


def print_sweep() -> None:
    """Print what the tolerance does to APD90, in control and near EADs up to beat 200, and to the number of steps."""
    lines = []
    for model, celltype in SWEPT.items():
        rows = [row for row in determined() if protocol(row)[:2] == (model, celltype) and protocol(row)[3] <= 200]
        kinds = {
            "control": [row for row in rows if row["case"] == "control"],
            "near EADs": [row for row in rows if row["regime"] == "near_ead" and row["apd90_ms"]],
        }
        for tolerance in SWEEP:
            line = [f"{model} {celltype}", f"{tolerance:.0e}"]
            for chosen in kinds.values():
                sizes = []
                for group in together(chosen):
                    found = paced(group, tolerance)["apd90_ms"]
                    sizes += [abs(found[k] - float(row["apd90_ms"])) for k, row in enumerate(group)]
                line.append(f"{max(sizes):.2g}")
            lines.append([*line, f"{steps(compiled(model, celltype), tolerance):.0f}"])
    print_table(["cell", "tolerance", "APD90 error, control [ms]", "near EADs [ms]", "steps per control beat"], lines)


def steps(cell: cells.CellModel, tolerance: float) -> float:
    """Return the steps that the tenth beat at 1,000 ms takes."""
    bundle = cell.bundle({}, tolerance)
    for _ in range(10):
        cell.kernel.beat(bundle, 1000.0, cell.stimulus_duration)
    return bundle[cell.layout.row("control") + Row.STEPS]


def print_undetermined() -> None:
    """Print the same beats by CVODES at several tolerances and by ourselves: APD90 and the largest calcium."""
    for row in table("biomarkers.csv"):
        if row["regime"] not in ("alternating", "irregular"):
            continue
        model, celltype, cycle_length, beat = protocol(row)
        numbers = range(beat - 2, beat + 5)
        (change,) = [c for c in table("cases.csv") if (c["model"], c["case"]) == (model, row["case"])]
        lines = []
        for tolerance in (1e-7, 1e-8, 1e-9, 1e-10):
            cell = parsing.read((cells.model.MODELS / f"{model}.mmt").read_text(), model, 0)
            conductance = cell.model.get(cell.conductances[change["name"]])
            conductance.set_rhs(conductance.eval() * (1 - float(change["value"])))
            beats = by_cvodes(cell, cycle_length, numbers, tolerance)
            lines.append([f"CVODES {tolerance:.0e}", *beats])
        for tolerance in (TOLERANCE, 1e-5):
            beats = [paced([row | {"beat": str(n)}], tolerance) for n in numbers]
            sizes = [f"{found['apd90_ms'][0]:.1f}, {1e6 * found['cai_peak_mM'][0]:.0f}" for found in beats]
            lines.append([f"pointes {tolerance:.0e}", *sizes])
        print(f"{model} {celltype}, {row['case']}, {cycle_length:g} ms: APD90 [ms], largest calcium [nM]. ", end="")
        print(f"Reference, beat {beat}: {float(row['apd90_ms']):.1f}, {1e6 * float(row['cai_peak_mM']):.0f}\n")
        print_table(["tolerance", *(f"beat {n}" for n in numbers)], lines)


def by_cvodes(cell: parsing.Cell, cycle_length: float, numbers: range, tolerance: float) -> list[str]:
    """Return APD90 and the largest calcium of beats."""
    simulation = myokit.Simulation(cell.model, myokit.pacing.blocktrain(cycle_length, cell.stimulus_duration))
    simulation.set_tolerance(tolerance, tolerance)
    simulation.run((numbers[0] - 1) * cycle_length, log=myokit.LOG_NONE)
    v_name, calcium_name = cell.potential.qname(), cell.calcium.qname()
    names = [cell.model.time().qname(), v_name, f"dot({v_name})", calcium_name]
    found = []
    for _ in numbers:
        log = simulation.run(cycle_length, log=names)
        t, v, dvdt, calcium = (np.array(log[name]) for name in names)
        threshold = v.max() - 0.9 * (v.max() - v[0])
        k = np.flatnonzero((v[:-1] > threshold) & (v[1:] <= threshold))[-1]
        apd90 = np.interp(-threshold, -v[k : k + 2], t[k : k + 2]) - t[np.argmax(dvdt)]
        found.append(f"{apd90:.1f}, {1e6 * calcium.max():.0f}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", action="store_true", help="print where each cell type has each of its worst errors")
    parser.add_argument("--cvodes", action="store_true", help="print the beats that no integrator determines")
    options = parser.parse_args()
    print_verification(options.rows)
    print_sweep()
    if options.cvodes:
        print_undetermined()


if __name__ == "__main__":
    main()
