"""Tabulate the iterations: the learner's assessments, and other classifiers trained on the same points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.steps.crosschecks import compare
        from pointes.campaign.steps.learning_table import by_iteration, write_table

        simulations = store.read(snakemake.input.simulations)
        history = list(by_iteration(simulations))
        compared = [{} for _ in history]
        if surrogate.target_of(snakemake.input.surrogates[-1]).is_class:
            classifiers = [surrogate.read(path)[0] for path in snakemake.input.surrogates]
            compared = compare(history, classifiers, snakemake.params.seed)
        write_table(snakemake.output[0], snakemake.input.assessments, compared)
