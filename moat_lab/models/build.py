"""Network -> Module."""

from moat_lab.grammar import Network, to_network
from moat_lab.models.model import Model


def build(
    network: Network | str,
    num_classes: int = 1000,
    in_chans: int = 3,
    *,
    drop_path_rate: float = 0.0,
    drop_rate: float = 0.0,
) -> Model:
    """A freshly initialised model: (N, in_chans, H, W) -> (N, num_classes), at any H and W.

    Args:
        network: a network, its text, or a name of the ZOO.
        drop_path_rate: of the last block; it rises linearly from 0 at the first.

    Raises:
        GrammarError: the text is not a network.
    """
    return Model(
        to_network(network),
        num_classes=num_classes,
        in_chans=in_chans,
        drop_path_rate=drop_path_rate,
        drop_rate=drop_rate,
    )
