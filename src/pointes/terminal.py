"""Tables for a terminal of 80 columns, one line per row where a row is one thing."""

from collections.abc import Iterable, Mapping, Sequence

SHORT = {
    "label": "1: EAD or repolarisation failure",
    "margin_V_per_s": "largest late dV/dt, less 0.01 V/s",
    "status": "0: simulated, else failed",
    "failure": "why it failed; 0: it did not",
    "ead": "1: early afterdepolarisation",
    "repolarisation_failure": "1: above -60 mV at a next stimulus",
    "capture_failure": "1: a stimulus did not excite",
    "rmp_mV": "potential at the start of the beat",
    "vpeak_mV": "largest potential",
    "t_vpeak_ms": "time of the largest potential",
    "dvdt_max_V_per_s": "largest dV/dt of the upstroke",
    "t_dvdt_max_ms": "time of the largest dV/dt",
    "dvdt_max_after_stim_V_per_s": "the same, after the stimulus",
    "apd30_ms": "duration to 30 % repolarisation",
    "apd40_ms": "duration to 40 % repolarisation",
    "apd50_ms": "duration to 50 % repolarisation",
    "apd90_ms": "duration to 90 % repolarisation",
    "triangulation_ms": "APD90 minus APD30",
    "cai_dia_mM": "calcium at the start of the beat",
    "cai_peak_mM": "largest calcium",
    "cat_amp_mM": "calcium transient, peak to peak",
    "t_cai_peak_ms": "time of the largest calcium",
    "catd50_ms": "calcium transient to 50 % decay",
    "catd80_ms": "calcium transient to 80 % decay",
    "catd90_ms": "calcium transient to 90 % decay",
    "qnet_uC_per_uF": "charge of six currents in the beat",
    "peak_INa_A_per_F": "most negative INa",
    "peak_ICaL_A_per_F": "most negative ICaL after 1 ms",
    "peak_IKr_A_per_F": "largest IKr",
    "peak_IKs_A_per_F": "largest IKs",
    "beats": "beats paced until steady, or all",
    "period": "beats of the steady rhythm, or 0",
    "alternans": "1: two unlike beats in turn",
}
"""Meanings of biomarkers for rows that must not break; files have them in full, and their names have the units."""


def biomarker_rows(values: Mapping[str, float], meanings: Mapping[str, tuple[str, str]]) -> list[list[str]]:
    """Return name, value and meaning of each biomarker; one that has no short meaning has its full one."""
    return [[name, f"{value:.6g}", SHORT.get(name, meanings[name][1])] for name, value in values.items()]


def doi(source: str) -> str:
    """Return the DOI in a source, or the whole source if it has none.

    Examples
    --------
    >>> doi("Fenton and Karma, Chaos 8(1): 20-47 (1998), doi:10.1063/1.166311; eLife 8: e48890 (2019)")
    '10.1063/1.166311'
    """
    _, found, rest = source.partition("doi:")
    return rest.partition(";")[0] if found else source


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, unbroken: bool = False) -> None:
    """Print rows below a header; cells that are too wide go on in the next line, or end with an ellipsis."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in header:
        table.add_column(name, overflow="ellipsis" if unbroken else "fold", no_wrap=unbroken)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
