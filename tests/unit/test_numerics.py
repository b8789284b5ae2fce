"""Torch's own settings hold while we compute, and are the user's again afterwards."""

import subprocess
import sys

import pytest
import torch

from moat_lab.numerics import deterministic, exact_float32, strict_if_possible

SETTINGS = {
    "as it comes": "",
    "older name": "torch.backends.cuda.matmul.allow_tf32 = True",
    "precision of products": "torch.set_float32_matmul_precision('high')",
    "newer name of convolutions": "torch.backends.cudnn.conv.fp32_precision = 'ieee'",
    "newer name of products": "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
    "newer name of all": "torch.backends.fp32_precision = 'tf32'",
}
READ = "(torch.backends.cudnn.conv.fp32_precision, torch.backends.cuda.matmul.fp32_precision)"


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.skipif(
    not hasattr(torch.backends.cudnn, "conv"), reason="torch before 2.9 has the older names alone"
)
def test_float32_is_exact_whatever_the_user_set_and_that_comes_back(name):
    script = f"""
import torch
from moat_lab.numerics import exact_float32
{SETTINGS[name]}
before = {READ}
with exact_float32():
    assert {READ} == ("ieee", "ieee"), {READ}
    {"torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32" if "newer" not in name else ""}
assert tuple("tf32" if p == "tf32" else "ieee" for p in {READ}) == tuple(
    "tf32" if p == "tf32" else "ieee" for p in before), (before, {READ})
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_setting_comes_back_where_the_work_fails():
    before = torch.backends.cudnn.allow_tf32
    with pytest.raises(ZeroDivisionError), exact_float32():
        raise ZeroDivisionError
    assert torch.backends.cudnn.allow_tf32 is before


def test_generators_and_modes_are_those_from_before():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with deterministic(strict=True):
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
        torch.rand(5)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.rand(2), expected)


def refusing(strict: bool) -> str:
    if strict:
        raise RuntimeError(
            "upsample_bilinear2d_backward_out_cuda does not have a deterministic implementation, but you set "
            "'torch.use_deterministic_algorithms(True)'."
        )
    return "warned"


def test_an_operation_that_refuses_is_named_and_the_work_done_without_strictness():
    assert strict_if_possible(refusing) == ("warned", "upsample_bilinear2d_backward_out_cuda")


def test_work_that_is_deterministic_is_done_once_and_names_nothing():
    seen = []
    assert strict_if_possible(lambda strict: seen.append(strict)) == (None, None)
    assert seen == [True]


def test_another_failure_stays_one():
    def failing(strict: bool) -> None:
        raise RuntimeError(f"the loss was nan ({strict})")

    with pytest.raises(RuntimeError, match=r"the loss was nan \(True\)"):
        strict_if_possible(failing)
