"""Write a CSV table in LaTeX, with numbers of three significant digits."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.drugs.method_table import latex, rounded
        from pointes.files import replacing
        from pointes.tables import read_table

        table = read_table(Path(snakemake.input[0]), "row")
        rows = [table.header, *([rounded(cell) for cell in cells] for _, cells in table.lines)]
        with replacing(snakemake.output[0]) as path:
            path.write_text(latex(rows) + "\n", encoding="utf-8")
