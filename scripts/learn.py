"""Fit the classifier to all simulations so far, assess it, and choose the next points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import progress
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.settings import Sampling
        from pointes.campaign.steps import learning
        from pointes.files import read_json
        from pointes.learning import StoppingRule

        params, output = snakemake.params, snakemake.output
        history = [store.read(path) for path in snakemake.input.simulations]
        costs = [read_json(path) for path in snakemake.input.costs]  # one file in a two-fidelity campaign, else none
        sampling = Sampling.from_params(params.sampling)
        learner = learning.replay_history(history, params.ranges, sampling, *costs)
        store.write(output.next_samples, learning.next_samples(learner, history, sampling.batch))
        nothing_learned = learning.nothing_learned(history, learner.simulation)
        surrogate.write(output.surrogate, learner.learner.classifier, params.ranges, nothing_learned)
        learning.write_assessment(output.assessment, learner, history, StoppingRule(**params.stopping))
        progress.report(params.folder, int(snakemake.wildcards.i), snakemake.resources.began)
