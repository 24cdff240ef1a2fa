"""Write the interactive page of a panel campaign."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files.results import read_result
        from pointes.explorer.panel import render
        from pointes.files import write_text

        scenarios, files = snakemake.params.scenarios, snakemake.input
        panels = {name: read_result(file)[1] for name, file in zip(scenarios, files.panels, strict=True)}
        classification = read_result(files.classification)[1] if files.classification else None
        page = render(snakemake.params.name, scenarios, panels, classification)
        write_text(snakemake.output[0], page)
