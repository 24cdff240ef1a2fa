"""Evaluate the learned risk on a grid."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import surrogate
        from pointes.campaign.steps.risk_map import write_risk_map

        path = snakemake.input[0]
        classifier, space = surrogate.read(path)
        write_risk_map(
            snakemake.output[0], classifier, space, surrogate.nothing_learned(path), surrogate.target_of(path)
        )
