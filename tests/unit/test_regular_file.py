import os

import pytest

from moat_lab.regular_file import check_regular, read_regular


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
