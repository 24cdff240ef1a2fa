"""Fit the classifier to all simulations so far, assess it, and choose the next points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import learning, progress, store, surrogate
        from pointes.campaign.results import read_result

        told = [store.read(path) for path in snakemake.input.simulations]
        costs = [read_result(path)[1] for path in snakemake.input.costs]  # of two levels only
        learner = learning.taught(told, snakemake.params.sampling, *costs)
        store.write(snakemake.output.next_samples, learning.next_samples(learner, told, snakemake.params.sampling))
        surrogate.write(snakemake.output.surrogate, learner.classifier, told[0].ranges)
        learning.write_assessment(snakemake.output.assessment, learner, told, snakemake.params.stopping)
        progress.report(snakemake.params.folder, len(told) - 1)
