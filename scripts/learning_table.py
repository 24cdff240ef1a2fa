"""Tabulate the iterations: what the learner said of itself, and how other classifiers fared on the same points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.files.samples import concatenate
        from pointes.campaign.steps.learning_table import compare, write_table

        told = [store.read(path) for path in snakemake.input.simulations]
        # What was imported is known from the first iteration on.
        told[0] = concatenate([*map(store.read, snakemake.input.imported), told[0]])
        classifiers = [surrogate.read(path)[0] for path in snakemake.input.surrogates]
        compared = compare(told, classifiers, snakemake.params.seed)
        write_table(snakemake.output[0], snakemake.input.assessments, compared)
