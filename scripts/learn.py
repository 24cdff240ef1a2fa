"""Fit the classifier to all simulations so far, assess it, and choose the next points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import progress
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.files.results import read_result
        from pointes.campaign.steps import learning

        ranges, sampling = snakemake.params.ranges, snakemake.params.sampling
        told = [store.read(path) for path in snakemake.input.simulations]
        costs = [read_result(path)[1] for path in snakemake.input.costs]  # of two levels only
        learner = learning.taught(told, ranges, sampling, *costs)
        samples = learning.next_samples(learner, told, ranges, sampling["batch"], sampling.get("fidelities"))
        store.write(snakemake.output.next_samples, samples)
        surrogate.write(snakemake.output.surrogate, learner.classifier, ranges, learning.nothing_learned(told))
        learning.write_assessment(snakemake.output.assessment, learner, told, snakemake.params.stopping)
        progress.report(snakemake.params.folder, int(snakemake.wildcards.i), snakemake.resources.began)
