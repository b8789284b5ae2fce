"""A package's members are the files that define one; one that fails to import is named, never skipped."""

import importlib
import sys

import pytest

from moat_lab.discovery import members


@pytest.fixture
def package(tmp_path, monkeypatch, request):
    """Writes a package of the given files and imports it."""
    name = f"package_of_{request.node.name}"
    monkeypatch.syspath_prepend(tmp_path)

    def of(**files: str):
        folder = tmp_path / name
        folder.mkdir()
        for file, content in {"__init__": "", **files}.items():
            (folder / f"{file}.py").write_text(content, encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield of
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[module]


def test_members_are_found_by_file_name_in_its_order(package):
    found = members(package(b="LAYER = 2", a="LAYER = 1"), "LAYER")
    assert list(found.items()) == [("a", 1), ("b", 2)]


def test_a_file_without_the_attribute_is_no_member(package):
    assert members(package(a="LAYER = 1", shared="OTHER = 3"), "LAYER") == {"a": 1}


def test_a_file_with_an_underscore_is_not_looked_at(package):
    assert members(package(a="LAYER = 1", _draft="raise RuntimeError"), "LAYER") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("raise ValueError('not today')", "not today"),
        ("1 = 2", "cannot assign to literal"),
    ],
)
def test_a_file_that_fails_to_import_is_an_error_that_names_it(package, content, reason):
    broken = package(a="LAYER = 1", bad=content)
    with pytest.raises(ImportError) as error:
        members(broken, "LAYER")
    assert str(error.value).startswith(f"{broken.__name__}.bad cannot be imported: {reason}")
