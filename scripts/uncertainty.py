"""Propagate the distributions of the axes through what the campaign has learned."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.distributions import distributions_of
        from pointes.campaign.files import store, surrogate
        from pointes.campaign.steps.uncertainty import write_class, write_quantities

        params, path = snakemake.params, snakemake.input.surrogate
        learned, space = surrogate.read(path)
        target, reason = surrogate.target_of(path), surrogate.nothing_learned(path)
        files = dict(zip(params.axes_with_files, map(Path, snakemake.input.files), strict=True))
        distributions = distributions_of(params.distributions, files, space)
        options = {"n": params.n, "seed": params.seed, "nothing_learned": reason}
        if snakemake.input.direct:
            options["direct"] = store.read(snakemake.input.direct)
        if target.is_class:
            write_class(snakemake.output[0], learned, space, target, distributions, **options)
        else:
            write_quantities(snakemake.output[0], learned, space, target, params.units, distributions, **options)
