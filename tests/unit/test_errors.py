"""Mistakes as data: their text survives the places that contain them, and the way between processes."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes.errors import LONGEST_MESSAGE, UserError, UserErrors, unknown

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.tuples(SCALARS))
WORDS = st.text(max_size=12)
LINES = st.text(st.characters(exclude_categories=["Cs"]).filter(str.isprintable), min_size=1, max_size=12)

with_value = st.builds(UserError, WORDS, VALUES, WORDS, WORDS)
without_value = st.builds(lambda name, expected: UserError(name, expected=expected), WORDS, WORDS)
unknown_names = st.builds(unknown, WORDS, WORDS, st.lists(WORDS, max_size=3), WORDS)
mistakes = st.one_of(with_value, without_value, unknown_names)


@given(mistakes, LINES, LINES)
def test_places_are_put_in_front_and_nothing_else_changes(error, inner, outer):
    text = str(error)
    assert str(error.within(inner).within(outer)) == f"{outer}: {inner}: {text}"
    assert str(error) == text


@given(mistakes, LINES)
def test_pickling_keeps_the_text(error, outer):
    for sent in (error, error.within(outer), UserErrors([error, error.within(outer)])):
        received = pickle.loads(pickle.dumps(sent))
        assert type(received) is type(sent)
        assert str(received) == str(sent)


@given(st.lists(mistakes, min_size=1, max_size=3), LINES)
def test_several_mistakes_have_their_place_each(errors, outer):
    assert str(UserErrors(errors).within(outer)) == "\n".join(str(error.within(outer)) for error in errors)


@given(with_value, WORDS)
def test_renaming_changes_the_name_alone(error, name):
    other = UserError(name, error.value, error.expected, error.where)
    assert str(error.renamed({error.name: name})) == str(other)
    assert str(error.renamed({})) == str(error)


@given(mistakes, st.text())
def test_whatever_the_user_gave_the_text_is_a_printable_line(error, outer):
    assert str(error.within(outer)).isprintable()


@pytest.mark.parametrize(
    "value",
    ["a" * 100_000, ["b" * 1000] * 1000, {"c" * 1000: 0}, 10**10_000, {10**10_000}],
    ids=["text", "list", "key", "number", "set"],
)
def test_large_values_are_shown_in_part(value):
    text = str(UserError("name", value, "less"))
    assert len(text) <= LONGEST_MESSAGE + len(" ... ")
    assert text.startswith("name: ")
    assert text.endswith("; expected less")


def test_values_of_exponential_size_and_within_themselves_are_shown_in_part():
    laughs = ["lol"]
    for _ in range(60):
        laughs = [laughs, laughs]
    endless = {}
    endless["again"] = endless
    assert (
        str(UserError("name", laughs)) == "name: [[[[..., ...], [..., ...]], [[..., ...], [..., ...]]], "
        "[[[..., ...], [..., ...]], [[..., ...], [..., ...]]]]"
    )
    assert str(UserError("name", endless)) == "name: {'again': {'again': {'again': {'again': ...}}}}"
