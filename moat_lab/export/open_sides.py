"""Which heights and widths a written computation can leave open."""

from dataclasses import replace

from moat_lab.errors import UserError
from moat_lab.export.subject import Subject
from moat_lab.grammar import Network
from moat_lab.lowering import lower
from moat_lab.ops import Attention, Shape


def with_open_sides(of: Subject) -> Subject:
    """The subject for any sides that no stage has to round up.

    Which zeros a map is padded with is then the same for all of them.

    Raises:
        UserError: the network has windows or a grid, whose number would follow from the sides, or the
            subject's own sides are none of those.
    """
    network = of.model.network
    if has_windows(network):
        raise UserError(
            f"--dynamic needs a network without windows and grids; got {network}\n"
            "  leave it out, and write one file for each --resolution"
        )
    step = network.reductions[-1]
    if min(of.inputs.resolution) < 2 * step or any(side % step for side in of.inputs.resolution):
        fitting = "x".join(str(max(2, round(side / step)) * step) for side in of.inputs.resolution)
        raise UserError(
            f"--dynamic needs a --resolution in multiples of {step} from {2 * step} on; "
            f"got {of.inputs.resolution[0]}x{of.inputs.resolution[1]}\n  the nearest is {fitting}"
        )
    return replace(of, step=step)


def has_windows(network: Network) -> bool:
    """Whether attention in it is over windows or a grid."""
    leaves = [leaf for stage in lower(network, num_classes=0).stages for leaf in stage.leaves(Shape(1, 1, 1))]
    return any(isinstance(op, Attention) and op.window is not None for _, op, _ in leaves)
