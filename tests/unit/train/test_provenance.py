"""Whose commit a record names."""

import os
import platform
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import torch

import moat_lab
from moat_lab.device import processor
from moat_lab.train.provenance import commit, environment

OURS = '[project]\nname = "moat-lab"\n'
THEIRS = '[project]\nname = "payroll"\ndependencies = ["moat-lab"]\n'


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    """No variable and no settings of the machine's git."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/nowhere")


def package_in(folder: Path, project: str | None) -> Path:
    package = folder / "moat_lab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    if project is not None:
        (folder / "pyproject.toml").write_text(project)
    return package


def git(*words: str, at: Path) -> str:
    author = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *author, *words], cwd=at, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(folder: Path) -> str:
    git("init", "-q", at=folder)
    git("add", "-A", at=folder)
    git("commit", "-q", "-m", "all", at=folder)
    return git("rev-parse", "--short=12", "HEAD", at=folder)


def test_a_checkout_of_ours_has_its_commit_and_says_whether_the_code_is_another(tmp_path):
    package = package_in(tmp_path, OURS)
    revision = committed(tmp_path)
    assert commit(package) == revision
    commit.cache_clear()
    (package / "__init__.py").write_text("x = 1")
    assert commit(package) == f"{revision}-dirty"


def test_a_worktree_of_ours_has_its_commit(tmp_path):
    package_in(tmp_path / "first", OURS)
    revision = committed(tmp_path / "first")
    git("worktree", "add", "-q", "../second", at=tmp_path / "first")
    assert commit(tmp_path / "second" / "moat_lab") == revision


@pytest.mark.parametrize("project", [None, THEIRS, OURS], ids=["none", "theirs", "ours"])
def test_a_package_inside_of_a_foreign_repository_has_no_commit(tmp_path, project):
    package = package_in(tmp_path / ".venv" / "lib" / "site-packages", project)
    (tmp_path / "pyproject.toml").write_text(THEIRS)
    committed(tmp_path)
    assert commit(package) is None


@pytest.mark.parametrize(
    "project", [None, THEIRS, "no TOML", "[tool.x]"], ids=["none", "theirs", "broken", "tool"]
)
def test_a_package_at_the_top_of_a_foreign_repository_has_no_commit(tmp_path, project):
    package = package_in(tmp_path, project)
    committed(tmp_path)
    assert commit(package) is None


def test_a_copy_that_the_repository_does_not_keep_has_no_commit(tmp_path):
    (tmp_path / ".gitignore").write_text("moat_lab/")
    package = package_in(tmp_path, OURS)
    committed(tmp_path)
    assert commit(package) is None


def test_a_package_without_a_repository_has_no_commit(tmp_path):
    assert commit(package_in(tmp_path, OURS)) is None


def test_no_commit_where_there_is_no_git(tmp_path, monkeypatch):
    package = package_in(tmp_path, OURS)
    committed(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(package) is None


def test_a_hook_of_another_repository_does_not_lend_its_commit(tmp_path, monkeypatch):
    package, other = package_in(tmp_path / "ours", OURS), package_in(tmp_path / "other", THEIRS)
    revision, foreign = committed(package.parent), committed(other.parent)
    monkeypatch.setenv("GIT_DIR", str(other.parent / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.parent))
    assert commit(package) == revision != foreign
    shutil.rmtree(package.parent / ".git")
    commit.cache_clear()
    assert commit(package) is None


def test_a_record_names_the_version():
    assert environment("cpu")["versions"]["moat_lab"] == moat_lab.__version__


def test_a_record_names_the_kind_of_host_and_not_its_name(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "gpu-node-17")
    monkeypatch.setattr(platform, "node", lambda: "gpu-node-17")
    recorded = environment("cpu")
    assert recorded["processor"] == processor()
    assert recorded["device"] == "cpu"
    assert not {"gpu-node-17", os.uname().nodename} & set(re.findall(r"[\w.-]+", str(recorded)))


def test_of_a_gpu_of_another_machine_nothing_but_its_name_is_recorded(monkeypatch):
    def nowhere(device):
        raise RuntimeError("Found no NVIDIA driver on your system.")

    monkeypatch.setattr(torch.cuda, "get_device_name", nowhere)
    recorded = environment("cuda:3")
    assert list(recorded) == ["commit", "python", "versions", "device"]
    assert recorded["device"] == "cuda:3"
