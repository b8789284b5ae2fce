"""The twins of a manipulation check: each variant with the mechanism in question frozen."""

from collections.abc import Iterable

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.ops import InputSpec
from moat_lab.records import Variant
from moat_lab.search.candidates import variant_at


def frozen_twins(variants: Iterable[Variant], inputs: InputSpec) -> dict[str, Variant]:
    """Key of each variant with learned attention -> its network with attention frozen to a uniform average.

    Raises:
        UserError: no variant has learned attention.
    """
    twins = {}
    for variant in variants:
        network = to_network(variant.network)
        frozen = network.with_uniform_attention()
        if frozen != network:
            twins[variant.key] = variant_at(frozen, inputs)
    if not twins:
        raise UserError("manipulation_check: a variant with learned attention is needed; the study has none")
    return twins
