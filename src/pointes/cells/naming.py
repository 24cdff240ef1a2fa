"""Identification of currents by the names of variables in model files.

Names are compared without underscores and in lower case. They begin with i, xi, x or j, as in ``xikr`` and ``j_Kr``.
"""

from dataclasses import dataclass, replace

STANDARD = (
    *("INa", "INaL", "Ito", "ICaL", "ICaT", "IKr", "IKs", "IKur", "IK1", "INaCa", "INaK"),
    *("If", "IKACh", "IKATP", "IKb", "INab", "ICab", "IpCa"),
)
# Other names of whole currents, without the i
ALIASES = {
    **{"to1": "Ito", "kto": "Ito", "nafast": "INa", "nalate": "INaL", "nap": "INaL", "naps": "INaL", "ncx": "INaCa"},
    **{"bna": "INab", "nabk": "INab", "bca": "ICab", "cabk": "ICab", "bk": "IKb", "ki": "IK1", "kir": "IK1"},
    **{"cap": "IpCa", "pmca": "IpCa", "hcn": "If", "funny": "If", "h": "If", "calca": "ICaL"},
}
# Names that stand for a current unless another variable has a clearer one
UNSURE = {"ca": "ICaL", "lca": "ICaL", "p": "INaK", "t": "Ito"}
# Currents of sodium and potassium through L-type calcium channels
IONS = dict.fromkeys(("cana", "cak", "calna", "calk", "lcana", "lcak"), "ICaL")
# Components that make up a current, by ion or by kinetics
COMPONENTS = {
    **dict.fromkeys(("fna", "fk", "hna", "hk"), "If"),
    **{f"{to}{speed}": "Ito" for to in ("to", "kto") for speed in ("f", "s", "fast", "slow", "sustained")},
}
# Currents of sodium and potassium in a component of L-type calcium channels, where INaL is no late sodium current
OF_ICAL = {"ina": "ICaNa", "inal": "ICaNa", "ik": "ICaK", "ikl": "ICaK"}
# Endings of names that tell where in the cell a part of a current flows; the short ones follow an underscore
PLACES = ("junc", "jnc", "jct", "jn", "cleft", "dyad", "sub", "sl", "ss", "sr")
SHORT_PLACES = ("i", "s", "t", "pm", "cai", "cyt", "myo", "bulk")


@dataclass(frozen=True)
class Identity:
    """The current that a name stands for."""

    current: str  # standard name of the current, or the name of the variable without the place
    is_known: bool = True  # whether `current` is a standard name
    is_sure: bool = True  # whether the name has no other meaning
    component: str = ""  # "ion" for the share of an ion, which is no current on its own, or "other"
    place: str = ""  # part of the cell in which the current flows, if the name tells it

    @property
    def is_whole(self) -> bool:
        """Whether the name stands for the current itself."""
        return self.is_known and not (self.component or self.place)


def identify(name: str) -> Identity:
    """Return the current that a name stands for.

    Examples
    --------
    >>> identify("xikr").current, identify("I_CaNa_junc").current, identify("I_CaNa_junc").component
    ('IKr', 'ICaL', 'ion')
    """
    plain = name.lower().replace("_", "")
    for body in [plain[len(start) :] for start in ("i", "xi", "x", "j") if plain.startswith(start)]:
        if body in WHOLE:
            return Identity(WHOLE[body])
        if body in UNSURE:
            return Identity(UNSURE[body], is_sure=False)
        if body in IONS:
            return Identity(IONS[body], is_sure=not body.startswith("lca"), component="ion")
        if body in COMPONENTS:
            return Identity(COMPONENTS[body], component="other")
    head, _, tail = name.rpartition("_")
    if head and tail.lower() in PLACES + SHORT_PLACES:
        return _placed(identify(head), tail)
    for place in PLACES:
        found = identify(plain.removesuffix(place)) if plain.endswith(place) else None
        if found is not None and found.is_known:
            return _placed(found, place)
    return Identity(name, is_known=False)


def standard_name(name: str) -> str:
    """Return the standard name of the current that a name stands for, or the name itself.

    Examples
    --------
    >>> standard_name("i_Kr"), standard_name("i_x1")
    ('IKr', 'i_x1')
    """
    identity = identify(name)
    return identity.current if identity.is_whole and identity.is_sure else name


def is_spelling(name: str, current: str) -> bool:
    """Return whether a name is that of a current except for underscores, capitals and the component."""
    return name.lower().replace("_", "") == current.rpartition(".")[2].lower().replace("_", "")


def name_in(component: str, name: str) -> str:
    """Return a distinctive name of a current: that of the component, if its own name is just ``i``."""
    if name.lower() == "i":
        return component
    around, own = identify(component), identify(name)
    if around.current == "ICaL" and around.is_sure:
        head = name.removesuffix(f"_{own.place}") if own.place else name
        ion = OF_ICAL.get(head.lower().replace("_", ""))
        return name.replace(head, ion, 1) if ion else name
    return name


def is_called_current(name: str) -> bool:
    """Return whether a variable has the name of a current."""
    return name.lower().startswith("i") or identify(name).is_known


WHOLE = {name[1:].lower(): name for name in STANDARD} | ALIASES


def _placed(identity: Identity, place: str) -> Identity:
    return replace(identity, place=identity.place + place.lower())
