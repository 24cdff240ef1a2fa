"""Writing the card of a compound: an HTML page that loads no other files, and the same content as a PDF page."""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from pointes import __version__
from pointes.errors import UserError
from pointes.figures.card import words
from pointes.figures.card.panels import draw
from pointes.figures.shared import style
from pointes.files import replacing

MARGIN, PAGE_WIDTH = 14, 210  # [mm]
LINE = 4.2  # height of a line of text [mm]
DOTS_PER_INCH = 300


def card_names(compounds: Iterable[str]) -> dict[str, str]:
    """Return the names of compounds as names of files; a UserError if two of them would have the same."""
    named: dict[str, str] = {}
    for compound in compounds:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", compound).strip("._") or "compound"
        if stem.lower() in map(str.lower, named.values()):
            raise UserError(f"two compounds whose cards would be named {stem}", compound, "different names")
        named[compound] = stem
    return named


def check_folder(folder: Path, compounds: Iterable[str]) -> None:
    """Make the folder of cards; a UserError if that is impossible, or two cards would have the same name."""
    card_names(compounds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot be made a folder ({error.strerror})", where=folder) from None


def write_cards(folder: Path, report: Mapping[str, Any]) -> list[Path]:
    """Write the card of each compound of a report as HTML and as PDF, and return the paths."""
    stems = card_names(score["name"] for score in report["compounds"])
    written = []
    for score in report["compounds"]:
        figure = draw(score, report["reference"])
        for suffix, content in (
            (".html", html_page(score, report["reference"], figure).encode()),
            (".pdf", pdf_page(score, report["reference"], figure)),
        ):
            path = folder / f"{stems[score['name']]}{suffix}"
            with replacing(path) as temporary:
                temporary.write_bytes(content)
            written.append(path)
    return written


def html_page(score: words.Score, panel: words.Panel, figure: Figure) -> str:
    """Return the card as a single HTML page with its figure as inline SVG."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    template = environment.from_string(files("pointes.figures.card").joinpath("page.html").read_text(encoding="utf-8"))
    svg = style.rendered(figure, "svg").decode()
    return template.render(
        score=score,
        version=__version__,
        headline=words.headline(score),
        colour=score["risk_class"] if score["risk_class"] in style.CATEGORIES else "none",
        facts=words.facts(score, panel),
        cmax=words.concentration(score["cmax_nM"]),
        inputs=words.inputs(score),
        figure=svg[svg.index("<svg") :],
        limits=words.limits(score, panel),
        method=words.METHOD,
        reference=words.reference(score, panel),
        citations=words.CITATIONS,
    )


def pdf_page(score: words.Score, panel: words.Panel, figure: Figure) -> bytes:
    """Return the card as a PDF file of one page; equal content gives equal bytes."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime(1970, 1, 1, tzinfo=UTC))
    pdf.set_title(f"{score['name']}: torsade risk")
    pdf.set_producer(f"pointes {__version__}")
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    pdf.add_font("DejaVu", "", fonts / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", fonts / "DejaVuSans-Bold.ttf")
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(auto=True, margin=8)
    pdf.add_page()
    _write_heading(pdf, score)
    _write_rows(pdf, words.facts(score, panel))
    _write_heading_of_section(pdf, f"Inputs: free Cmax {words.concentration(score['cmax_nM'])}")
    _write_inputs(pdf, words.inputs(score))
    pdf.ln(1.5)
    pdf.image(io.BytesIO(style.rendered(figure, "png", DOTS_PER_INCH)), w=pdf.epw)
    _write_heading_of_section(pdf, "Limits")
    for place, sentence in enumerate(words.limits(score, panel)):
        _write(pdf, sentence, bold=place < len(score["outside"]))
    _write_heading_of_section(pdf, "Method")
    _write(pdf, f"{words.METHOD} {words.reference(score, panel)}", size=6.5)
    _write(pdf, "; ".join(words.CITATIONS), size=6.5)
    return bytes(pdf.output())


def _write(pdf: FPDF, text: str, *, size: float = 7.5, bold: bool = False) -> None:
    pdf.set_font("DejaVu", "B" if bold else "", size)
    pdf.multi_cell(0, LINE * size / 7.5 * 0.92, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def _write_heading(pdf: FPDF, score: words.Score) -> None:
    pdf.set_font("DejaVu", "", 8)
    version = f"torsade risk, pointes {__version__}"
    width = pdf.get_string_width(version) + 2
    pdf.set_font("DejaVu", "B", 15)
    top = pdf.get_y()
    pdf.multi_cell(pdf.epw - width, 7, score["name"], new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
    below = pdf.get_y()
    pdf.set_xy(PAGE_WIDTH - MARGIN - width, top + 1)
    pdf.set_font("DejaVu", "", 8)
    pdf.cell(width, 7, version, align="R")
    pdf.line(MARGIN, below, PAGE_WIDTH - MARGIN, below)
    pdf.set_xy(MARGIN, below + 1.5)
    look = style.CATEGORIES.get(score["risk_class"])
    pdf.set_text_color(look.text if look else style.BLACK)
    pdf.set_font("DejaVu", "B", 13)
    pdf.cell(0, 7, words.headline(score), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_text_color(0)


def _write_heading_of_section(pdf: FPDF, text: str) -> None:
    pdf.ln(1.5)
    _write(pdf, text, size=9, bold=True)


def _write_rows(pdf: FPDF, rows: Iterable[tuple[str, str]]) -> None:
    for name, value in rows:
        pdf.set_font("DejaVu", "B", 7.5)
        pdf.cell(28, LINE, name)
        pdf.set_font("DejaVu", "", 7.5)
        pdf.multi_cell(0, LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def _write_inputs(pdf: FPDF, rows: list[list[str]]) -> None:
    pdf.set_font("DejaVu", "", 7.5)
    header = ["channel", "IC50 (95 % interval)", "Hill", "block at 4 × Cmax", "effect (µC/µF)"]
    with pdf.table(
        col_widths=(14, 44, 10, 18, 16),
        text_align=("LEFT", "LEFT", "RIGHT", "RIGHT", "RIGHT"),
        borders_layout="SINGLE_TOP_LINE",
        line_height=LINE,
    ) as table:
        for cells in [header, *rows]:
            row = table.row()
            for cell in cells:
                row.cell(cell)
