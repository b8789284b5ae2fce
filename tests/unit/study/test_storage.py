"""A storage's URL: how it is opened, and what is shown of it."""

import sys

import pytest

from moat_lab.errors import UserError
from moat_lab.study.storage import open_storage, storage_errors, without_password


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_without_its_driver_says_which_extra(monkeypatch, scheme):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    url = f"{scheme}://me:secret@host/lab"
    with pytest.raises(UserError) as error, storage_errors(url):
        open_storage(url)
    assert str(error.value).splitlines() == [
        f"--storage {scheme}://***@host/lab: the library psycopg is needed; it is not installed",
        "  pip install 'moat-lab[postgres]'",
    ]


def test_another_driver_that_is_not_installed_is_named():
    with pytest.raises(UserError, match="cannot be used: No module named 'pymysql'"), storage_errors("x"):
        open_storage("mysql+pymysql://host/lab")


@pytest.mark.parametrize(
    ("storage", "shown"),
    [
        ("postgresql://me:a@b/c@host/lab", "postgresql://***@host/lab"),
        ("mysql+pymysql://host/lab?password=x", "mysql+pymysql://host/lab"),
        ("sqlite:////home/a@b/optuna.db", "sqlite:////home/a@b/optuna.db"),
        ("me:secret@host", "***@host"),
        ("no url", "no url"),
    ],
)
def test_a_storages_url_is_shown_without_who_and_how(storage, shown):
    assert without_password(storage) == shown
