"""Evaluate the learned risk on a grid."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import surrogate
        from pointes.campaign.steps.risk_map import write_risk_map

        classifier, ranges = surrogate.read(snakemake.input[0])
        write_risk_map(snakemake.output[0], classifier, ranges, surrogate.nothing_learned(snakemake.input[0]))
