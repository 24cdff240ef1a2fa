"""Fit the classifier to all simulations so far, assess it, and choose the next points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import progress
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.settings import Sampling
        from pointes.campaign.space import Space
        from pointes.campaign.steps import learning
        from pointes.campaign.target import Target
        from pointes.files import read_json

        params, output = snakemake.params, snakemake.output
        space = Space.of(params.space)
        history = [store.read(path) for path in snakemake.input.simulations]
        costs = [read_json(path) for path in snakemake.input.costs]  # one file in a two-fidelity campaign, else none
        sampling = Sampling.from_params(params.sampling)
        learner = learning.replay_history(history, space, sampling, *costs)
        store.write(output.next_samples, learning.next_samples(learner, history, sampling.batch))
        nothing_learned = learning.nothing_learned(history, learner.simulation, Target.parse(sampling.target))
        surrogate.write(output.surrogate, learner.surrogate, space, nothing_learned, sampling.target)
        learning.write_assessment(output.assessment, learner, history, params.stopping)
        progress.report(params.folder, int(snakemake.wildcards.i), snakemake.resources.began)
