"""The commands of `pointes tissue` as a user meets them."""

import json
from functools import partial

import pytest
import yaml

CABLE = {
    "name": "tiny",
    "model": {"name": "tentusscher-2006", "celltype": "epi"},
    "protocol": {"cycle_length": 400, "beats": 1, "label_beats": 1},
    "simulation": {"scale": "cable", "tissue": {"size": [2], "spacing": 0.25, "beats": 1, "time_step": 0.1}},
}


@pytest.fixture
def run(run):
    """Run `pointes tissue`."""
    return partial(run, "tissue")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(CABLE))
    return path


def test_niederer_prints_its_points_beside_other_codes(run):
    code, out, _ = run("niederer", "--dx", 0.5, "--json")
    assert code == 0
    found = json.loads(out)
    times = found["times_ms"]
    assert list(times) == ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "C"]
    assert 1.0 < times["P1"] < 1.5
    # Along fibres 0.5 mm is nearly fine enough
    assert times["P3"] == pytest.approx(31.5, rel=0.3)
    assert max(times.values()) == times["P8"]
    limit = found["references"][-1]
    assert (limit["code"], limit["P8_ms"], limit["C_ms"]) == ("limit", "42.4", "19.45")


def test_cable_prints_velocity_durations_and_qt(run):
    arguments = ("mitchell-schaeffer-2003", "--length", 10, "--dx", 0.25, "--dt", 0.05, "--cycle-length", 450)
    code, out, _ = run("cable", *arguments, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["status"] == "ok"
    assert found["conduction_velocity_m_per_s"] == pytest.approx(0.333, rel=0.02)
    assert found["x_mm"] == [0.0, 1.0, 2.5, 5.0, 7.5, 9.0, 10.0]
    assert all(250 < apd < 320 for apd in found["apd90_ms"])
    assert 250 < found["qt_ms"] < 350
    code, out, _ = run("cable", *arguments)
    assert "conduction_velocity_m_per_s" in out
    assert "apd90_ms" in out


def test_run_goes_on_from_its_restart_file(run, config, tmp_path, check_file):
    snapshots = ["--snapshots", tmp_path / "snapshots.nc", "--figures", tmp_path / "pictures"]
    code, out, _ = run("run", config, "-o", tmp_path / "cable.nc", "--block", "IKr=0.5", *snapshots, "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["status"], found["label"], found["output"]) == ("ok", 0, str(tmp_path / "cable.nc"))
    check_file(tmp_path / "cable.nc", "cable.nc")
    check_file(tmp_path / "snapshots.nc", "snapshots.nc")
    assert found["figures"] == str(tmp_path / "pictures")
    pictures = {path.name for path in (tmp_path / "pictures").glob("*.png")}
    assert pictures == {"activation_map.png", "pseudo_ecg.png", "snapshots.png"}
    damaged = tmp_path / "restart.npz"
    damaged.write_bytes(b"PK\x03\x04 half a file")
    code, _, err = run("run", config, "-o", tmp_path / "cable.nc", "--restart", damaged)
    assert code == 2
    assert err.startswith(f"pointes: {damaged}: damaged restart file")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("niederer", "--order", 3), "pointes: --order: 3; expected 6, 4 or 2\n"),
        (("niederer", "--dx", 0), "pointes: --dx: 0; expected a positive number\n"),
        (
            ("niederer", "--dx", 0.3),
            "pointes: size_mm: 20; expected a multiple of the spacing of 0.3 mm, as 19.8 or 20.1\n",
        ),
        (
            ("cable", "mitchell-schaeffer-2003", "--diffusivity", -1),
            "pointes: --diffusivity: -1; expected a positive number\n",
        ),
        (("cable", "mitchell-schaeffer-2003", "--dt", "nan"), "pointes: --dt: nan; expected a positive number\n"),
        (
            ("cable", "mitchell-schaeffer-2003", "--length", 1e12),
            "pointes: 10000000000001 × 1 × 1 nodes; expected at most 2.15e+09\n",
        ),
        (("cable", "mitchell-schaeffer-2004"), "pointes: unknown model 'mitchell-schaeffer-2004'; expected one of"),
        (("run", "CONFIG", "--block", "IKx=1"), "pointes: unknown current 'IKx' in model tentusscher-2006; expected"),
        (("run", "CONFIG", "-o", "nowhere/out.nc"), "pointes: nowhere/out.nc: no folder nowhere; expected an existing"),
        (("run", "CONFIG", "-o", "."), "pointes: .: a folder; expected the name of a file\n"),
        (("run", "CONFIG", "--snapshots", "."), "pointes: .: a folder; expected the name of a file\n"),
        (
            ("cable", "mitchell-schaeffer-2003", "--cycle-length", 1),
            "pointes: --cycle-length: 1; expected a number from 100 to 20000\n",
        ),
        (
            ("run", "CELL"),
            "pointes: CELL: simulation.scale: 'cell'; expected a tissue: cable, sheet, slab, ventricles, image\n",
        ),
    ],
)
def test_mistake_ends_with_one_line_and_code_2(run, config, arguments, message):
    cell = config.with_name("cell.yaml")
    cell.write_text("{}")
    names = {"CONFIG": config, "CELL": cell}
    code, out, err = run(*(names.get(argument, argument) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith(message.replace("CELL", str(cell)))
    assert err.count("\n") == 1


def test_tissue_run_that_fails_ends_with_its_reason_and_code_1(run, tmp_path):
    config, output = tmp_path / "weak.yaml", tmp_path / "out.nc"
    stimulus = "{amplitude: 0.01}"
    config.write_text(
        "model: {name: mitchell-schaeffer-2003, celltype: null}\n"
        "protocol: {cycle_length: 400, beats: 1, label_beats: 1}\n"
        f"simulation: {{scale: cable, tissue: {{size: [5], spacing: 0.25, beats: 1, stimulus: {stimulus}}}}}\n"
        "parameters: {blocks: {J_in: [0, 1], J_out: [0, 1]}}\n"
    )
    code, out, err = run("run", config, "-o", output)
    assert code == 1
    assert "no_capture" in out
    assert err == "pointes: the simulation failed: it did not capture (no_capture)\n"
    assert output.exists()
    assert json.loads(run("run", config, "-o", output, "--json")[1])["failure"] == "no_capture"


def test_cable_of_cells_that_break_down_ends_with_their_reason_and_code_1(run, tmp_path):
    model = tmp_path / "growing.mmt"
    model.write_text(
        "[[model]]\nmembrane.V = -80\n"
        "[engine]\ntime = 0 [ms] in [ms] bind time\npace = 0 bind pace\n"
        "[membrane]\ndot(V) = (V + 90 [mV]) / 20 [ms] + 50 [mV/ms] * engine.pace\n    in [mV]\n"
        "[[protocol]]\n1 0 1 1000 0\n"
    )
    code, out, err = run("cable", model, "--length", "2", "--dx", "0.25", "--beats", "1")
    assert code == 1
    assert "potential_out_of_range" in out
    assert err == "pointes: the simulation failed: it left the range of membrane potentials (potential_out_of_range)\n"
