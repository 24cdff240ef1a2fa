"""Model files in the encodings, with the endings and the units that editors and exports give them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import myokit
import pytest
from myokit.formats import exporter

from pointes.cells import model
from pointes.errors import UserError

CUBIC = (Path(__file__).parents[2] / "data" / "models" / "cubic.cellml").read_text()
LEAK = """[[model]]
m.V = -80

[engine]
# Temps écoulé
time = 0 [ms] in [ms] bind time
pace = 0 bind pace

[m]
i_K = V + 80 + engine.pace
dot(V) = -i_K in [mV]
"""


def parsed(path):
    return model.find(str(path)).parsed()[0].model


def states(path):
    return [state.qname() for state in parsed(path).states()]


@pytest.mark.parametrize("name", ["cubic.cellml", "CUBIC.CELLML", "cubic.xml", "Cubic.XML"])
def test_endings_of_cellml_files(tmp_path, name):
    path = tmp_path / name
    path.write_text(CUBIC)
    assert states(path) == ["membrane.V", "potassium_current.i_K"]


def test_endings_of_myokit_files(tmp_path):
    path = tmp_path / "LEAK.MMT"
    path.write_text(LEAK)
    assert states(path) == ["m.V"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-16-le", None),
        ("utf-32", None),
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
        ("utf-8", None),
    ],
)
def test_encodings_of_cellml_files(tmp_path, encoding, declared):
    text = re.sub(r"^<\?xml.*?\?>\n", "", CUBIC)
    assert text != CUBIC
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    path = tmp_path / "model.cellml"
    path.write_bytes(f"{declaration}<!-- à 37 °C -->\r\n{text}".encode(encoding))
    assert states(path) == ["membrane.V", "potassium_current.i_K"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_of_myokit_files(tmp_path, encoding, newline):
    path = tmp_path / "model.mmt"
    path.write_bytes(LEAK.replace("\n", newline).encode(encoding))
    assert states(path) == ["m.V"]


def test_invisible_characters(tmp_path):
    """Marks in the middle of a file, as joined files have them, and the spaces of text that was copied from a page."""
    path = tmp_path / "model.mmt"
    text = LEAK.replace("[m]", "\ufeff[m]").replace("# Temps", "# \ufeffTemps").replace("V + 80", "V\u00a0+\u200b 80")
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert states(path) == ["m.V"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (
            "m.mmt",
            LEAK.encode("latin-1"),
            r"encoding is not UTF-8 \(byte 0xE9 in line 5, which is 'é' in Windows-1252\)",
        ),
        ("m.cellml", CUBIC.replace("<model", "<!-- é --><model").encode("latin-1"), "encoding is not UTF-8"),
        (
            "m.cellml",
            b'<?xml version="1.0" encoding="klingon"?><model/>',
            "encoding in the XML declaration: 'klingon'; expected UTF-8",
        ),
        ("m.xml", b"<sbml><model/></sbml>", "not a CellML document, but XML with the root element <sbml>"),
        ("m.cellml", b"<?xml version='1.0'?>\n<sbml><model/></sbml>", "with the root element <sbml>"),
        ("m.xml", LEAK.encode(), "Unable to parse XML"),
        (
            "m.txt",
            LEAK.encode(),
            r"model .*m\.txt: no name of a model or model file; expected a \.mmt file",
        ),
        ("model", LEAK.encode(), r"model .*model: no name of a model or model file; expected"),
    ],
)
def test_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=message) as error:
        parsed(tmp_path / name)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("unit", ["tick", "millitick"])
def test_unit_of_time_that_is_a_base_unit(tmp_path, unit):
    base = '<units name="tick" base_units="yes"/>'
    milli = '<units name="millitick"><unit prefix="milli" units="tick"/></units>'
    path = tmp_path / "model.cellml"
    text = CUBIC.replace("<component", f"{base}{milli}<component", 1)
    path.write_text(text.replace('units="second" public', f'units="{unit}" public'))
    with pytest.raises(
        UserError,
        match=rf"unit of time .*\.time: '{unit}'; expected a unit made of seconds, not one that the file declares",
    ):
        parsed(path)


def test_unit_of_time_that_is_a_base_unit_of_cellml_2(tmp_path):
    path = tmp_path / "model.cellml"
    exporter("cellml2").model(str(path), myokit.parse(LEAK)[0])
    text = re.sub(r'(name="time" units=)"\w+"', r'\1"tick"', path.read_text())
    path.write_text(re.sub(r"(<model.*?>)", r'\1<units name="tick"/>', text, count=1))
    with pytest.raises(
        UserError,
        match=r"unit of time .*\.time: 'tick'; expected a unit made of seconds, not one that the file declares",
    ):
        parsed(path)


def test_unit_of_the_potential_that_is_a_base_unit(tmp_path):
    path = tmp_path / "model.cellml"
    path.write_text(re.sub(r'<units name="mV">.*?</units>', '<units name="mV" base_units="yes"/>', CUBIC, flags=re.S))
    with pytest.raises(
        UserError, match=r"unit of potential membrane\.V: 'mV'; expected a unit made of volts, not one that the file"
    ):
        parsed(path)


def test_models_are_read_by_processes_that_start_at_once_for_the_first_time(tmp_path):
    code = "from pointes import cells; print(cells.describe('stewart-2009')['states'])"
    environment = {**os.environ, "HOME": str(tmp_path)}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) for _ in "12"
    ]
    assert [process.communicate(timeout=120)[0] for process in started] == ["20\n", "20\n"]


def test_folder_of_settings_that_cannot_be_made_is_a_mistake(tmp_path, monkeypatch):
    (tmp_path / ".config").write_text("a file")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UserError, match=r"\.config/myokit: cannot be made .*settings of Myokit"):
        model.prepare_myokit()
