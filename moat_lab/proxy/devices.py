"""The devices that a name stands for."""


def devices_of(device: str) -> tuple[str, ...]:
    """`cuda` is every GPU that is seen here: cuda:0, cuda:1 ...; any other name is one device.

    Where there is no GPU, `cuda` stays, for the training to say what is wrong with it.
    """
    if device != "cuda":
        return (device,)
    import torch

    return tuple(f"cuda:{i}" for i in range(torch.cuda.device_count())) or (device,)
