"""Write the summary page of the report from files of the campaign, which are the named inputs of its rule."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files.results import read_result
        from pointes.campaign.progress import read_status
        from pointes.figures import summary
        from pointes.files import write_text

        status = read_status(Path(snakemake.params.folder))
        shown = {argument: read_result(file)[1] for argument, file in snakemake.input.items()}
        page = summary.render(snakemake.params.config, status, **shown)
        write_text(snakemake.output[0], page)
