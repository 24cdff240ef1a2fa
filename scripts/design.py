"""Choose the points that a campaign starts with."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.settings import Sampling
        from pointes.campaign.space import Space
        from pointes.campaign.steps.learning import first_samples, replay_history

        imported = [store.read(path) for path in snakemake.input]
        sampling = Sampling.from_params(snakemake.params.sampling)
        learner = replay_history(imported, Space.of(snakemake.params.space), sampling)
        store.write(snakemake.output[0], first_samples(learner, imported, snakemake.params.points))
