"""Write the interactive page of a campaign."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.explorer.campaign import render
        from pointes.files import replacing

        files = {name: Path(file) for name, file in snakemake.input.items() if file}
        page = render(snakemake.params.name, snakemake.params.units, **files)
        with replacing(snakemake.output[0]) as path:
            path.write_text(page, encoding="utf-8")
