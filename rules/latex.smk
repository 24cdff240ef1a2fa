"""Tables of the panel in LaTeX, for a paper: each is made of the CSV file of its name."""

LATEX = [file for file in (*CLASSIFIED, *IN_PEOPLE) if file in ("classification.csv", "attribution.csv")]
LATEX += [file for file in IN_PEOPLE if file in ("human_apd_agreement.csv", "human_qt_effects.csv")]
IN_LATEX = [file.replace(".csv", ".tex") for file in LATEX]


wildcard_constraints:
    table="|".join(["classification", "attribution", "human_apd_agreement", "human_qt_effects"]),


rule latex_table:
    """Write a CSV table in LaTeX."""
    input:
        f"{RESULTS}/{{table}}.csv",
    output:
        f"{RESULTS}/{{table}}.tex",
    log:
        f"{LOGS}/latex_{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/latex_{{table}}.tsv"
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Write the table {wildcards.table} in LaTeX"
    script:
        "../scripts/latex_table.py"
