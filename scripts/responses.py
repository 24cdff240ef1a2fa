"""Evaluate the learned quantities over the plane of the map and along each axis."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import surrogate
        from pointes.campaign.steps.responses import write_response_map, write_responses

        path, params, output = snakemake.input[0], snakemake.params, snakemake.output
        learned, space = surrogate.read(path)
        target, reason = surrogate.target_of(path), surrogate.nothing_learned(path)
        write_response_map(output.plane, learned, space, target, params.units, reason)
        write_responses(output.along, learned, space, target, params.units, params.seed, reason)
