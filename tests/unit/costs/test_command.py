"""`python -m moat_lab cost`: its tables, its CSV, its mistakes."""

import csv
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from moat_lab import cost, parse
from moat_lab.__main__ import app
from moat_lab.errors import UserError

SMALL = "stem(8) | 1x mbconv @8 | 1x attn(head=8)+mlp @16 for 16px"
SPACE = "stem(8) | n x order @w where n in 1..3, order in {mbconv, attn(head=8)+mlp}, w in {8, 16}"


def printed(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["cost", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return [line.rstrip() for line in result.stdout.splitlines() if line.strip()]


def test_a_network_is_printed_with_text_key_resolution_and_total():
    assert printed("tiny_moat_0") == [
        "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64 | 7x mbconv+attn @128"
        " | 2x mbconv+attn @256",
        f"key {parse('tiny_moat_0').key}, 224x224 px, 3 channels, 1000 classes",
        "  Part      Output          Params          MACs   Activations   % of MACs",
        " " + "─" * 74,
        "  stem      32x112x112      10,208   126,443,520       802,816        16.3",
        "  stage 1   32x56x56        24,272    97,144,832     3,010,832        12.5",
        "  stage 2   64x28x28       128,112    96,964,608     2,007,856        12.5",
        "  stage 3   128x14x14    1,426,748   359,360,512     3,860,416        46.4",
        "  stage 4   256x7x7      1,508,496    94,882,816       552,720        12.2",
        "  head      1000x1x1       257,512       256,000         1,000         0.0",
        "  total                  3,355,348   775,052,288    10,235,640       100.0",
        "  peak memory: 13.246 MB",
    ]


def test_options_change_resolution_classes_channels_and_rows():
    lines = printed(SMALL, "--resolution", "24x16", "--classes", "10", "--channels", "1", "--by", "layer")
    assert lines[1] == f"key {parse(SMALL).key}, 24x16 px, 1 channels, 10 classes"
    assert [line.split("  ")[1] for line in lines[4:-1]] == [
        row.name for row in cost(SMALL).rows("layer")
    ] + ["total"]
    expected = cost(SMALL, (24, 16), num_classes=10, in_chans=1)
    assert lines[-2].split()[1:] == [
        *(f"{n:,}" for n in (expected.params, expected.macs, expected.activations)),
        "100.0",
    ]


def test_a_head_is_named_with_its_options():
    text = "stem(8) | 1x mbconv @8 | 1x mbconv @8 | 1x mbconv @16 | 1x mbconv @16 for 64px"
    shown = printed(text, "--classes", "7", "--head", "fpn,channels=64")
    assert shown[1] == f"key {parse(text).key}, 64x64 px, 3 channels, 7 classes, head fpn,channels=64"


def test_csv_has_the_rows_and_no_total():
    rows = list(csv.DictReader(printed(SMALL, "--csv", "--by", "op")))
    assert [row["name"] for row in rows] == [row.name for row in cost(SMALL).rows("op")]
    assert sum(int(row["macs"]) for row in rows) == cost(SMALL).macs


def test_a_space_is_printed_with_its_ends():
    lines = printed(SPACE, "--resolution", "32")
    assert lines[0] == "12 networks, 32x32 px"
    assert lines[1].split() == ["Min", "Median", "Max"]
    assert [line.split()[0] for line in lines[3:7]] == ["Params", "MACs", "Activations", "Peak"]
    ends = dict(zip(lines[7::2], lines[8::2], strict=True))
    assert ends == {
        "fewest params, fewest MACs:": "  stem(8) | 1x mbconv @8",
        "most params, most MACs, most activations:": "  stem(8) | 3x attn(head=8)+mlp @16",
        "fewest activations, least peak memory:": "  stem(8) | 1x attn(head=8)+mlp @8",
        "most peak memory:": "  stem(8) | 3x mbconv @16",
    }


def test_a_space_as_csv_has_a_line_per_metric():
    rows = list(csv.DictReader(printed(SPACE, "--csv")))
    assert [row["metric"] for row in rows] == ["params", "macs", "activations", "memory_mb"]
    assert int(rows[0]["min"]) == cost(rows[0]["min_network"]).params


def test_measure_says_whether_fvcore_counts_the_same_and_how_long_a_pass_takes():
    fvcore, latency = printed(SMALL, "--measure")[-2:]
    exact = cost(SMALL)
    assert fvcore == f"fvcore: {exact.macs:,} MACs, {exact.activations:,} activations, equal"
    assert latency.startswith("latency: ")
    assert latency.endswith(", 1 thread, torch, float32, channels_last, batch 1, 16x16 px)")


def test_the_pass_is_timed_as_it_is_asked_for():
    options = ("--batch", "2", "--dtype", "bfloat16", "--threads", "2", "--resolution", "16x8")
    latency = printed(SMALL, "--measure", *options)[-1]
    assert latency.endswith(", 2 threads, torch, bfloat16, channels_last, batch 2, 16x8 px)")
    assert printed(SMALL, "--measure", *options)[-1] == latency


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny_moat_9"], "no network is named 'tiny_moat_9'"),
        ([SMALL, "--resolution", "12cm"], "--resolution takes pixels such as 224, .*; got '12cm'"),
        ([SMALL, "--resolution", "1x2x3"], "got '1x2x3'"),
        ([SMALL, "--resolution", "0"], "an image has sides of 1 pixel or more; got 0x0"),
        ([SMALL, "--by", "block"], "a cost table is by stage, layer, op; got 'block'"),
        ([SPACE, "--measure"], "--measure takes one network"),
        ([SMALL, "--measure", "--csv"], "--measure .* prints no CSV"),
    ],
)
def test_mistakes_are_users_errors(arguments, message):
    with pytest.raises(UserError, match=message):
        CliRunner().invoke(app, ["cost", *arguments], catch_exceptions=False)


def test_a_mistake_ends_with_its_message_and_code_2():
    ended = subprocess.run(
        [sys.executable, "-m", "moat_lab", "cost", "stem(8) | 1x mbconw @8"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("column 14: ")
    assert "Traceback" not in ended.stderr


def test_neither_torch_nor_pandas_is_loaded():
    program = (
        "import sys; from typer.testing import CliRunner; from moat_lab.__main__ import app\n"
        f"for network in ('tiny_moat_0', {SPACE!r}):\n"
        "    assert CliRunner().invoke(app, ['cost', network]).exit_code == 0\n"
        "print(sorted({'torch', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
