"""Decoded once, whole or absent, whoever else decodes and whatever is killed."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from moat_lab.data import dataset
from moat_lab.data.block_decoder import BLOCK
from moat_lab.data.cache import cached
from moat_lab.data.imagefolder import folder_dataset
from moat_lab.errors import UserError

BUILD = """
import dataclasses, json, sys, time
from moat_lab.data.cache import cached
from moat_lab.data.imagefolder import folder_dataset

files, seconds = folder_dataset(sys.argv[1]).encoded, float(sys.argv[2])
read = []

class Slow:
    def __getattr__(self, name):
        return getattr(files, name)
    def read(self, position):
        time.sleep(seconds)
        read.append(position)
        return files.read(position)

cached(Slow(), 16, source="slow images")
print(json.dumps(read))
"""


def building(root, cache, *, seconds):
    environment = os.environ | {"MOAT_LAB_CACHE": str(cache), "MOAT_LAB_DECODERS": "2"}
    command = [sys.executable, "-c", BUILD, str(root), str(seconds)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def content(cache: Path) -> dict[str, bytes]:
    (folder,) = (path for path in cache.iterdir() if path.is_dir())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def photos(tree):
    """Six blocks, with a broken image in the first and the last."""
    root = tree("cat", "dog", each=3 * BLOCK - 1)
    (root / "cat" / "000.png").write_bytes(b"")
    (root / "dog" / "999.png").write_text("no image")
    return root


def test_a_build_that_was_killed_goes_on_and_ends_with_the_same_bytes(photos, tmp_path):
    killed = building(photos, tmp_path / "killed", seconds=0.005)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        journals = list((tmp_path / "killed").glob("*.building/journal"))
        if journals and journals[0].read_text().count("\n") >= 2:
            break
        time.sleep(0.002)
    killed.kill()
    killed.communicate()
    done = [json.loads(line)["number"] for line in journals[0].read_text().splitlines()]
    assert [path for path in (tmp_path / "killed").iterdir() if path.is_dir()] == [journals[0].parent]

    out, _ = building(photos, tmp_path / "killed", seconds=0).communicate()
    again = {position // BLOCK for position in json.loads(out)}
    assert again == set(range(6)) - set(done)
    building(photos, tmp_path / "whole", seconds=0).communicate()
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def test_a_block_that_a_power_cut_took_and_half_a_line_are_decoded_again(photos, tmp_path, cache):
    data = dataset(f"imagefolder:{photos}")
    expected = data.images(16)[0].copy()
    (folder,) = (path for path in cache.iterdir() if path.is_dir())
    building = folder.rename(folder.with_suffix(".building"))
    pixels = np.load(building / "pixels.npy", mmap_mode="r+")
    pixels[:BLOCK] = 0
    pixels.flush()
    line = '{"number": 0, "checksum": 1, "skipped": []}\n'
    (building / "journal").write_text(line + '{"number": 1, "chec')
    assert np.array_equal(data.images(16)[0], expected)


def test_two_processes_at_once_decode_once(photos, tmp_path):
    both = [building(photos, tmp_path / "both", seconds=0.003) for _ in range(2)]
    read, said = zip(*(process.communicate() for process in both), strict=True)
    assert sorted(len(json.loads(positions)) for positions in read) == [0, 6 * BLOCK - 1]
    assert sum("another process decodes these images; waiting for it" in text for text in said) == 1
    assert len(content(tmp_path / "both")["pixels.npy"]) == 128 + (6 * BLOCK - 1) * 3 * 16 * 16


def test_the_bytes_do_not_depend_on_the_number_of_decoders(photos, cache, monkeypatch):
    seen = []
    for decoders in ("1", "3"):
        monkeypatch.setenv("MOAT_LAB_DECODERS", decoders)
        shutil.rmtree(cache, ignore_errors=True)
        seen.append(np.array(dataset(f"imagefolder:{photos}").images(16)[0]))
    assert np.array_equal(*seen)


def test_what_is_written_to_the_images_reaches_no_file(tree):
    data = dataset(f"imagefolder:{tree('cat', 'dog')}")
    first, _ = data.images(16)
    before = first.copy()
    first[:] = 0
    assert np.array_equal(data.images(16)[0], before)


def test_a_file_that_changed_is_decoded_anew(tree):
    root = tree("cat", "dog", each=1)
    data = dataset(f"imagefolder:{root}")
    before = data.images(16)[0].copy()
    (root / "cat" / "000.png").write_bytes((root / "dog" / "000.png").read_bytes())
    assert not np.array_equal(before[0], before[1])
    after = data.images(16)[0]
    assert np.array_equal(after[0], after[1])


def test_a_tree_that_moved_is_not_decoded_again(tree, cache):
    root = tree("cat", "dog", each=1)
    first = cached(folder_dataset(str(root)).encoded, 16, source="photos")
    second = cached(folder_dataset(str(root.rename(root.with_name("moved")))).encoded, 16, source="photos")
    assert first.folder == second.folder


def test_a_disk_that_is_too_small_is_a_mistake_that_says_how_much_is_needed(tree):
    with pytest.raises(UserError, match=r"\d+\.\d GB are needed to decode images in .*; got \d+\.\d GB free"):
        dataset(f"imagefolder:{tree('cat', 'dog')}").images(300_000)
