from moat_lab.heads.count_cache import cached_count
from moat_lab.heads.fpn import HEAD
from moat_lab.ops import Count, Shape

MAPS = ((4, Shape(8, 16, 16)),)
IMAGE = Shape(3, 64, 64)


def counter(calls):
    def count(head, maps, classes, image):
        calls.append(classes)
        return Count(classes, 2, 3)

    return cached_count(count)


def test_another_process_reads_what_was_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path))
    first, second = [], []
    assert counter(first)(HEAD(), MAPS, 10, IMAGE) == Count(10, 2, 3)
    assert counter(second)(HEAD(), MAPS, 10, IMAGE) == Count(10, 2, 3)
    assert counter(second)(HEAD(channels=64), MAPS, 10, IMAGE) == Count(10, 2, 3)
    assert (first, second) == ([10], [10])


def test_a_damaged_file_is_counted_again_and_a_folder_that_takes_no_file_does_not_matter(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path))
    calls = []
    counter(calls)(HEAD(), MAPS, 10, IMAGE)
    (file,) = (tmp_path / "heads").iterdir()
    file.write_text("[10, 2")
    counter(calls)(HEAD(), MAPS, 10, IMAGE)
    assert file.read_text() == "[10, 2, 3]"
    file.unlink()
    (tmp_path / "heads").rmdir()
    (tmp_path / "heads").write_text("a file where the folder should be")
    assert counter(calls)(HEAD(), MAPS, 10, IMAGE) == Count(10, 2, 3)
    assert calls == [10, 10, 10]
