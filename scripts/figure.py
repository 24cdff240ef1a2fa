"""Draw one figure from the campaign's files that it shows; each argument of its `draw` is the file of that name."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from importlib import import_module

        from pointes.campaign.files.results import read_result
        from pointes.figures import style

        figure = import_module(f"pointes.figures.{snakemake.params.figure}")
        shown = dict(map(read_result, snakemake.input))
        style.save(figure.draw(**shown), snakemake.output.svg, snakemake.output.png)
