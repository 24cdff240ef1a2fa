"""Place the drugs of a table on the learned map."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files import surrogate
        from pointes.campaign.steps import drugs as placement
        from pointes.files import read_json, write_json

        classifier, ranges = surrogate.read(snakemake.input.surrogate)
        nothing_learned = surrogate.nothing_learned(snakemake.input.surrogate)
        uncertainty = {"draws": snakemake.params.draws, "seed": snakemake.params.seed}
        drugs, risks = placement.place_drugs(
            Path(snakemake.input.table),
            classifier.predict_proba,
            ranges,
            snakemake.params.multiples,
            largest=snakemake.params.largest,
            nothing_learned=nothing_learned,
            **uncertainty,
        )
        placement.write_drugs(snakemake.output.drugs, drugs, risks, ranges, nothing_learned)
        placement.write_ranking(snakemake.output.ranking, drugs, risks, read_json(snakemake.input.control))
        write_json(snakemake.output.classification, placement.classify(drugs, risks, **uncertainty))
