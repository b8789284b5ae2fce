"""A study's name in an address is the same wherever the name alone says which study is meant."""

from pathlib import Path

from dashboards.study_names import KnownStudies, known_studies, study_folders
from moat_lab.records import ResultsFolder


def test_below_one_root_studies_are_named_by_their_path(make, tmp_path):
    make({}, name="b")
    make({}, name="published/a")
    assert list(study_folders((tmp_path,))) == ["b", "published/a"]
    assert study_folders((tmp_path / "missing",)) == {}


def test_a_unique_name_stands_alone_and_an_ambiguous_one_has_its_root(make, tmp_path, monkeypatch):
    for name in ("runs/a", "results/a", "results/b"):
        make({}, name=name)
    monkeypatch.chdir(tmp_path)
    assert known_studies((Path("runs"), Path("results"))) == KnownStudies(
        folders={
            "runs/a": ResultsFolder(Path("runs/a")),
            "results/a": ResultsFolder(Path("results/a")),
            "b": ResultsFolder(Path("results/b")),
        },
        aliases={"results/b": "b", "a": "results/a"},
    )


def test_a_name_means_the_same_study_before_and_after_it_is_run_here(make, tmp_path, monkeypatch):
    make({}, name="results/a")
    monkeypatch.chdir(tmp_path)
    roots = (Path("runs"), Path("results"))
    assert known_studies(roots).folders["a"] == ResultsFolder(Path("results/a"))
    make({}, name="runs/a")
    after = known_studies(roots)
    assert after.folders[after.aliases["a"]] == ResultsFolder(Path("results/a"))


def test_of_two_studies_with_one_path_the_later_folder_counts(make, tmp_path, monkeypatch):
    for name in ("package/results/a", "package/results/b", "results/b"):
        make({}, name=name)
    monkeypatch.chdir(tmp_path)
    assert study_folders((Path("runs"), tmp_path / "package" / "results", Path("results"))) == {
        "a": ResultsFolder(tmp_path / "package/results/a"),
        "b": ResultsFolder(Path("results/b")),
    }
