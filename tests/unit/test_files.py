"""What is no file is never waited for, and what can be made again has one place."""

import os
from pathlib import Path

import pytest

from moat_lab.errors import UserError
from moat_lab.files import cache_root, check_regular, read_regular


def test_a_file_and_a_link_to_it_are_read(tmp_path):
    (tmp_path / "a").write_bytes(b"four")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_regular(tmp_path / "a", most=4) == b"four"
    assert read_regular(tmp_path / "link", most=4) == b"four"


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="a file of at most 3 bytes is needed; got more"):
        read_regular(tmp_path / "sparse", most=3)


@pytest.mark.parametrize("made", ["pipe", "folder", "link to a device", "link to a pipe"])
def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path, made):
    path = tmp_path / "x.json"
    if made == "pipe":
        os.mkfifo(path)
    elif made == "folder":
        path.mkdir()
    elif made == "link to a device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    with pytest.raises(OSError, match="a file is needed; got a folder, a pipe or a device"):
        check_regular(path)
    with pytest.raises(OSError, match="a file is needed; got a folder, a pipe or a device"):
        read_regular(path, most=100)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none", most=100)


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.setenv("MOAT_LAB_CACHE", "~/elsewhere")
    assert cache_root() == Path.home() / "elsewhere"


def test_a_cache_that_is_a_file_is_a_mistake(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"MOAT_LAB_CACHE: a folder is needed; got .*, a file"):
        cache_root()


def test_it_is_in_the_home_folder_otherwise(monkeypatch):
    for name in ("", None):
        monkeypatch.setenv("MOAT_LAB_CACHE", "") if name == "" else monkeypatch.delenv("MOAT_LAB_CACHE")
        assert cache_root() == Path.home() / ".cache" / "moat_lab"
