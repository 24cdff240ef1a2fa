"""Choose the points that a campaign starts with."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.steps.learning import first_samples, taught

        ranges, sampling = snakemake.params.ranges, snakemake.params.sampling
        told = [store.read(path) for path in snakemake.input]
        learner, count = taught(told, ranges, sampling), snakemake.params.points
        samples = first_samples(learner, told, ranges, count, sampling.get("fidelities"))
        store.write(snakemake.output[0], samples)
