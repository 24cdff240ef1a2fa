"""Models in CellML, read by Myokit, with a note of base units, which Myokit takes for dimensionless."""

import tempfile
import warnings
from pathlib import Path

import myokit
from lxml import etree
from myokit.formats import importer
from myokit.formats.cellml import CellMLImporterError

BASE_UNIT = "base_unit"  # key of a variable's meta data, with the name of its unit


def parse(text: str) -> myokit.Model:
    """Return the model in a CellML document; a text that is none, or an invalid one, raises a ValueError.

    The meta data of a variable holds the name of its unit if the document declares that unit as a base unit, or makes
    it of base units.
    """
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"Unable to parse XML: {error}") from error
    document_type = root.getroottree().docinfo.internalDTD
    if document_type is not None and any(document_type.iterentities()):
        raise ValueError("XML entities are declared, which could stand for other files or for endless text")
    kind = etree.QName(root)
    if "cellml" not in (kind.namespace or ""):
        raise ValueError(f"not a CellML document, but XML with the root element <{kind.localname}>")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as those of units that Myokit does not know
        path = Path(folder) / "model.cellml"  # in a private folder, because Myokit reads files only
        path.write_text(text, encoding="utf-8")
        try:
            model = importer("cellml").model(str(path))
        except CellMLImporterError as error:
            raise ValueError(str(error).replace(f" at {path}", "")) from error
    _note_base_units(model, root)
    return model


def _note_base_units(model: myokit.Model, root: etree._Element) -> None:
    base = _base_units(root)
    for component in root.iter("{*}component"):
        for variable in component.iter("{*}variable"):
            name = f"{component.get('name')}.{variable.get('name')}"
            if variable.get("units") in base and model.has_variable(name):
                model.get(name).meta[BASE_UNIT] = variable.get("units")


def _base_units(root: etree._Element) -> set[str]:
    """Return the names of units that are declared without others, and of units that are made of such units."""
    parts = {
        units.get("name"): {unit.get("units") for unit in units.iter("{*}unit")} for units in root.iter("{*}units")
    }
    base = {name for name, units in parts.items() if not units}
    while more := {name for name, units in parts.items() if units & base} - base:
        base |= more
    return base
