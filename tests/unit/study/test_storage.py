"""What is shown of a storage's URL."""

import pytest

from moat_lab.study.storage import without_password


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
