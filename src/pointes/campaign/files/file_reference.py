"""Generator of the tables in docs/files.md: ``python -m pointes.campaign.files.file_reference FILE.nc ...``.

A section whose heading is a file's name is followed by the table of its variables; tests compare both.
"""

import re
import sys
from pathlib import Path

from pointes import netcdf

PAGE = Path("docs/files.md")
SECTION = re.compile(r"(?P<text>^### (?P<file>\S+\.nc)\n(?:(?!\|).*\n)*)(?P<table>(?:\|.*\n)+)", re.MULTILINE)


def table(path: Path | str) -> str:
    """Return a Markdown table of the variables of a netCDF file with dimensions, units and meanings."""
    lines = ["| variable | dimensions | units | meaning |", "| --- | --- | --- | --- |"]
    with netcdf.reading(path) as file:
        for name, variable in file.variables.items():
            dimensions = ", ".join(dimension for dimension in variable.dimensions if not dimension.startswith("string"))
            meaning = variable.long_name
            if "flag_values" in variable.ncattrs():
                flags = zip(variable.flag_values.tolist(), variable.flag_meanings.split(), strict=True)
                meaning += f": {', '.join(f'{value} {text}' for value, text in flags)}"
            units = getattr(variable, "units", "")
            lines.append(f"| `{name}` | {dimensions} | {units} | {meaning} |".replace("  ", " "))
    return "\n".join(lines) + "\n"


def sections(page: str) -> dict[str, str]:
    """Return the tables of the page by the name of the file in the heading before them."""
    return {match["file"]: match["table"] for match in SECTION.finditer(page)}


def main() -> None:
    """Replace the tables of the files that the command line names."""
    new = {path.name: table(path) for path in map(Path, sys.argv[1:])}

    def renewed(match: re.Match[str]) -> str:
        return match["text"] + new.get(match["file"], match["table"])

    PAGE.write_text(SECTION.sub(renewed, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
