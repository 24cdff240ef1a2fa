"""Tabulate the iterations: what the learner said of itself, and how other classifiers fared on the same points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import store, surrogate
        from pointes.campaign.table import compare, write_table

        told = [store.read(path) for path in snakemake.input.simulations]
        classifiers = [surrogate.read(path)[0] for path in snakemake.input.surrogates]
        compared = compare(told, classifiers, snakemake.params.seed)
        write_table(snakemake.output[0], snakemake.input.assessments, compared)
