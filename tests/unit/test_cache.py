"""What can be made again has one place."""

from pathlib import Path

import pytest

from moat_lab.cache import cache_root
from moat_lab.errors import UserError


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
