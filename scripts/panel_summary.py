"""Write the summary page of the report from files of a panel campaign, which are the named inputs of its rule."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files.results import read_result
        from pointes.figures import panel_summary
        from pointes.files import write_text

        shown = {argument: read_result(file)[1] for argument, file in snakemake.input.items()}
        page = panel_summary.render(snakemake.params.config, **shown)
        write_text(snakemake.output[0], page)
