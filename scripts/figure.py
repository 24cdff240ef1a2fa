"""Draw one figure from the files of a campaign that it shows, which are the named inputs of its rule."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files.results import read_result
        from pointes.figures import FIGURES, save

        draw = FIGURES[snakemake.params.figure].load()
        shown = {argument: read_result(file)[1] for argument, file in snakemake.input.items()}
        save(draw(**shown), *snakemake.output)
