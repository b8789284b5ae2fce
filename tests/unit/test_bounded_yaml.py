import os
from pathlib import Path

import pytest

from moat_lab.bounded_yaml import read_document
from moat_lab.errors import UserError
from tests.pace import times_as_long


def laughs(width: int, depth: int) -> str:
    first = "k0: &k0 [" + ",".join("x" * width) + "]"
    return "\n".join([first, *(f"k{i}: &k{i} [{','.join([f'*k{i - 1}'] * width)}]" for i in range(1, depth))])


def written(tmp_path: Path, text: str | bytes, name: str = "study.yaml") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_aliases_and_merged_keys_are_what_they_name(tmp_path):
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n"
    document = read_document(written(tmp_path, text))
    one = {"x": 1, "y": 2}
    assert document.content == {"a": one, "b": {"x": 1, "y": 3}, "c": [one, one]}
    assert document.twice == {}
    assert (document.places["b", "y"].line, document.places["c", 1, "x"].line) == (1, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (laughs(9, 9), "line 4, column 5: at most 5,000 values are needed, an alias counted as all that it"),
        ("sampler:\n  " + laughs(9, 9).replace("\n", "\n  "), "line 5, column 7: at most 5,000 values"),
        ("- x\n" * 6000, "at most 5,000 values are needed"),
        ("[" * 2000 + "]" * 2000, "line 1, column 17: at most 16 levels are needed; got more"),
        ("{a: " * 2000, "line 1, column 62: at most 16 levels are needed; got more"),
        ("- " * 2000 + "x", "line 1, column 33: at most 16 levels are needed; got more"),
        (laughs(1, 40), "line 15, column 12: at most 16 levels are needed; got more"),
        ("&a [*a]", "line 1, column 5: an alias outside of what it names is needed; got *a inside of it"),
        ("claims: &c {x: *c}", "line 1, column 16: an alias outside of what it names is needed; got *c"),
        ("a: &a\n  b: &b\n    <<: *a\n", "line 3, column 9: an alias outside of what it names is needed"),
        ("seeds: " + "9" * 5000, "line 1, column 8: a number of at most 40 digits is needed; got 5,000"),
        ("a: [1, 0x" + "f" * 900 + "]", "line 1, column 8: a number of at most 40 digits is needed; got 902"),
        ("a: 1" + ":59" * 90, "line 1, column 4: a number of at most 40 digits is needed; got 271"),
        (
            "a: 2001-99-99",
            "line 1, column 4: a value that YAML can take for timestamp is needed; got '2001-99",
        ),
        (
            "a: !!int foo",
            "line 1, column 4: a value that YAML can take for int is needed; got 'foo'\n  quotes",
        ),
        ("a: 0b_", "line 1, column 4: a value that YAML can take for int is needed; got '0b_'"),
        ("a: !!bool maybe", "line 1, column 4: a value that YAML can take for bool is needed; got 'maybe'"),
        ("a: *none", "line 1, column 4: not YAML: found undefined alias 'none'"),
        ("a: 1\n---\nb: 2", "line 2, column 1: not YAML: but found another document"),
        ("a: !!python/object:os.system x", "line 1, column 4: not YAML: could not determine a constructor"),
        ("{[a]: b}", "not YAML: found unhashable key"),
        ("a: \0", "not YAML: special characters are not allowed; got character 0"),
        (b"a: 1\nb: \xe9\n", "line 2: text in UTF-8 is needed; got another byte"),
        ("a" * 70_000, "cannot be read: a file of at most 65,536 bytes is needed; got more"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_would_take_long_to_read_is_refused_at_its_place_at_once(tmp_path, text, message):
    path, long = written(tmp_path, text), written(tmp_path, "- x\n" * 1000, "long.yaml")

    def read():
        with pytest.raises(UserError) as error:
            read_document(path)
        assert str(error.value).startswith(str(path))
        assert message in str(error.value)

    assert times_as_long(read, lambda: read_document(long)) < 10


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "study.yaml")
    with pytest.raises(UserError, match="cannot be read: a file is needed; got a folder, a pipe or a device"):
        read_document(tmp_path / "study.yaml")
