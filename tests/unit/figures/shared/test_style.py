import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from pointes.figures import FORMATS, attribution, human_qt, roc
from pointes.figures.shared import drug_marks, sobol_bars, style
from pointes.vocabulary import DESIGNS, Purpose, meanings


@style.styled
def small_figure() -> Figure:
    figure = Figure()
    axes = figure.subplots()
    axes.fill_between([0, 1], [0, 1], hatch="/")
    axes.set(xlabel="time (ms)", title="µ × 2")
    return figure


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        style.save(small_figure(), *(tmp_path / folder / f"figure.{kind}" for kind in FORMATS))
    for kind in FORMATS:
        assert (tmp_path / f"a/figure.{kind}").read_bytes() == (tmp_path / f"b/figure.{kind}").read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["figure.pdf", "figure.png", "figure.svg"]


def test_a_pdf_has_its_fonts_as_truetype_and_an_svg_needs_none():
    document = style.rendered(small_figure(), "pdf")
    assert b"/FontFile2" in document
    assert b"/Type3" not in document
    assert b"<text" not in style.rendered(small_figure(), "svg")


def test_no_other_module_chooses_the_width_of_a_figure():
    """Only a film, which is not printed, has a size of its own."""
    folder = Path(style.__file__).parents[1]
    having = {path.name for path in folder.rglob("*.py") if "figsize" in path.read_text(encoding="utf-8")}
    assert having == {"style.py", "tissue_animation.py"}


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "figure.svg"
    style.save(small_figure(), path)
    before = path.read_bytes()
    broken = small_figure()
    broken.axes[0].set_xlabel("$\\nonsense$")
    with pytest.raises(ValueError, match="nonsense"):
        style.save(broken, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["figure.svg"]


def test_the_style_is_not_left_behind_and_nothing_from_outside_shows(tmp_path):
    style.save(small_figure(), tmp_path / "plain.svg")
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "red"}):
        style.save(small_figure(), tmp_path / "loud.svg")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / "plain.svg").read_bytes() == (tmp_path / "loud.svg").read_bytes()


def test_figures_do_not_import_pyplot():
    modules = "risk_map, learning_curve, action_potentials, drug_ranking, calibration, query_distance, summary"
    code = f"from pointes.figures import {modules}; import sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_purpose_and_design_has_a_look():
    assert {*style.PURPOSES, "control"} == set(meanings(Purpose))
    assert tuple(style.DESIGNS) == DESIGNS


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. doi:10.1109/TVCG.2009.113
DEFICIENCIES = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (D65) of an sRGB colour as seen through a linear-RGB matrix."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.clip(seen @ np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ linear / [0.9505, 1.0, 1.089]
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", DEFICIENCIES.values(), ids=DEFICIENCIES)
@pytest.mark.parametrize(
    "looks", [style.CATEGORIES, style.LABELS, style.DESIGNS, style.PURPOSES], ids=["c", "l", "d", "p"]
)
def test_classes_differ_for_every_eye(looks, seen):
    seen_as = [lab(look.colour, seen) for look in looks.values()]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen_as) for b in seen_as[:i]]
    assert min(distances) > 20  # about 2 can just be told apart side by side
    assert len({look.marker for look in looks.values()}) == len(looks)


OTHERS = {
    "channels": [colour for colour, _ in attribution.LOOKS.values()],
    "cell models": [colour for colour, _ in human_qt.MODELS],
    "methods": [colour for colour, _ in roc.LINES],
    "indices": [sobol_bars.FIRST.colour, sobol_bars.TOTAL.colour],
    "drugs": drug_marks.COLOURS,
}


@pytest.mark.parametrize("seen", DEFICIENCIES.values(), ids=DEFICIENCIES)
@pytest.mark.parametrize("colours", OTHERS.values(), ids=OTHERS)
def test_other_colours_that_are_used_together_differ_for_every_eye(colours, seen):
    """These figures have hatches, lines or markers besides, which differ for each pair of similar colours."""
    distinct = [lab(colour, seen) for colour in dict.fromkeys(colours)]
    assert min(np.linalg.norm(a - b) for i, a in enumerate(distinct) for b in distinct[:i]) > 12


def test_what_similar_colours_do_not_tell_apart_something_else_does():
    for pairs in (attribution.LOOKS.values(), human_qt.MODELS, roc.LINES):
        assert len({str(second) for _, second in pairs}) == len(pairs)
    looks = drug_marks.drug_looks(f"drug {n:02d}" for n in range(24)).values()
    assert len({(look.colour, look.marker) for look in looks}) == 24
