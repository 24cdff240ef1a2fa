"""Files appear whole or not at all, and a disk that refuses them is named with its reason."""

import errno
import os

import pytest

from pointes.errors import UserError
from pointes.files import replacing, write_json


def refusal(number):
    return OSError(number, os.strerror(number))


def test_file_that_fails_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, 1)
    with pytest.raises(TypeError):
        write_json(path, object())
    assert path.read_text() == "1\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOSPC, "No space left on device); make room, and run the same command again"),
        (errno.EDQUOT, "Disk quota exceeded); make room, and run the same command again"),
        (errno.EROFS, "Read-only file system)"),
    ],
)
def test_refusal_of_the_operating_system_names_the_file(tmp_path, number, text):
    with pytest.raises(UserError) as caught, replacing(tmp_path / "a.json"):
        raise refusal(number)  # as by writing to an open file
    assert str(caught.value) == f"{tmp_path / 'a.json'}: cannot be written ({text}"


def test_refusal_within_another_replacement_names_the_outer_file(tmp_path):
    with pytest.raises(UserError) as caught, replacing(tmp_path / "a.nc") as outer, replacing(outer):
        raise refusal(errno.EROFS)
    assert str(caught.value) == f"{tmp_path / 'a.nc'}: cannot be written (Read-only file system)"


def test_error_of_another_file_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.json"):
        (tmp_path / "nothing.csv").read_text()
