"""Write the summary page of the report."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files.results import read_result
        from pointes.campaign.progress import read_status
        from pointes.figures.summary import render
        from pointes.files import replacing

        status = read_status(Path(snakemake.params.folder))
        page = render(snakemake.params.config, status, **dict(map(read_result, snakemake.input)))
        with replacing(snakemake.output[0]) as path:
            path.write_text(page, encoding="utf-8")
