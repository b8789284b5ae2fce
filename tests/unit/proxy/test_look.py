import torch

from moat_lab.proxy.look import convolutions_in_float32


def test_convolutions_are_judged_in_float32_and_the_setting_comes_back(monkeypatch):
    for before in (True, False):
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", before)
        with convolutions_in_float32():
            assert not torch.backends.cudnn.allow_tf32
        assert torch.backends.cudnn.allow_tf32 is before
