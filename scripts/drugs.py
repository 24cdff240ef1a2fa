"""Place the drugs of a table on the learned map."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files import surrogate
        from pointes.campaign.steps import drugs
        from pointes.files import read_json, write_json

        params, output = snakemake.params, snakemake.output
        classifier, space = surrogate.read(snakemake.input.surrogate)
        nothing_learned = surrogate.nothing_learned(snakemake.input.surrogate)
        table, risks = drugs.place_drugs(
            Path(snakemake.input.table),
            surrogate.predictor(classifier, space),
            space,
            params.multiples,
            largest=params.largest,
            draws=params.draws,
            seed=params.seed,
            nothing_learned=nothing_learned,
        )
        drugs.write_drugs(output.drugs, table, risks, space, nothing_learned)
        drugs.write_ranking(output.ranking, table, risks, read_json(snakemake.input.control))
        write_json(output.classification, drugs.classify(table, risks, draws=params.draws, seed=params.seed))
