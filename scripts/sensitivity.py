"""Compute Sobol indices and partial dependence of the learned boundary, and Shapley values of the cross-check."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.steps import sensitivity

        output, seed = snakemake.output, snakemake.params.seed
        classifier, space = surrogate.read(snakemake.input.surrogate)
        nothing_learned = surrogate.nothing_learned(snakemake.input.surrogate)
        target = surrogate.target_of(snakemake.input.surrogate)
        indices = sensitivity.write_sensitivity(output.sensitivity, classifier, space, seed, nothing_learned, target)
        sensitivity.write_partial_dependence(
            output.partial_dependence, classifier, space, indices, seed, nothing_learned
        )
        simulations = store.read(snakemake.input.simulations)
        sensitivity.write_shapley(output.shapley, simulations, seed, nothing_learned)
