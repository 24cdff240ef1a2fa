"""Write the interactive page of a campaign."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.explorer.campaign import render
        from pointes.files import write_text

        files = {name: Path(file) for name, file in snakemake.input.items() if file}
        page = render(snakemake.params.name, snakemake.params.units, **files)
        write_text(snakemake.output[0], page)
