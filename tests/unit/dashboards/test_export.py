"""What can be taken along works where it is taken to."""

import pytest

from dashboards.export import python_lines, study_yaml
from dashboards.setting import Setting
from moat_lab.grammar import network, zoo_name
from moat_lab.study.question import load_question
from moat_lab.train import load_recipe


def test_python_builds_the_network_by_its_text():
    lines = python_lines(network("stem(8) | 1x mbconv @8 for 16px"), Setting(num_classes=10, in_chans=1))
    assert lines == (
        "import moat_lab\n\n"
        "network = 'stem(8) | 1x mbconv @8 for 16px'\n"
        "model = moat_lab.build(network, num_classes=10, in_chans=1)\n"
    )


def test_a_named_network_is_also_timms():
    assert "timm.create_model('tiny_moat_0', num_classes=1000, in_chans=3)" in python_lines(
        network("tiny_moat_0"), Setting()
    )
    assert zoo_name(network("stem(8) | 1x mbconv @8")) is None


def test_the_lines_run():
    found: dict[str, object] = {}
    lines = python_lines(network("stem(8) | 1x mbconv @8 for 16px"), Setting(num_classes=10, in_chans=1))
    exec(lines, found)
    assert sum(p.numel() for p in found["model"].parameters()) == 1_138


@pytest.mark.parametrize(
    ("text", "space"),
    [
        (
            "stem(8, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 for 16px",
            "stem(8, stride=1) | 1x mbconv @w1(stride=1) | 2x mbconv+attn @w2 for 16px "
            "where w1 in 12..20:4, w2 in {32, 64}",
        ),
        (
            "stem(8) | 1x mbconv(expand=0.5) @10 | 1x attn(head=8)+mlp @8(down=patch) for 16px",
            "stem(8) | 1x mbconv(expand=0.5) @w1 | 1x attn(head=8)+mlp @w2(down=patch) for 16px "
            "where w1 in 8..12:2, w2 in {8, 16}",
        ),
    ],
)
def test_the_study_loads_starts_from_the_network_and_holds_it(tmp_path, text, space):
    file = tmp_path / "around.yaml"
    recipe = load_recipe("digits_short")
    file.write_text(study_yaml(network(text), "digits_short", recipe), encoding="utf-8")
    question = load_question(file)
    assert str(question.space) == space
    assert question.search.start == (text,)
    assert question.space.find(network(text)) is not None


def test_the_study_of_a_named_network_loads(tmp_path):
    recipe = load_recipe("relations")
    (tmp_path / "s.yaml").write_text(
        study_yaml(network("maxvit_tiny"), "relations", recipe), encoding="utf-8"
    )
    assert load_question(tmp_path / "s.yaml").space.size == 81
