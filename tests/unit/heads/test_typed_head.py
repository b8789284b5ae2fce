"""A head as it is typed, and written in records."""

import pytest

from moat_lab.errors import UserError
from moat_lab.heads import head_content, kind_of, typed_head


def test_options_stand_behind_the_kind():
    head = typed_head("deeplabv3plus,output_stride=8,channels=64")
    assert kind_of(head) == "deeplabv3plus"
    assert head.stride == 8
    assert head_content(head) == {"kind": "deeplabv3plus", "output_stride": 8, "channels": 64}
    assert head_content(typed_head("fpn")) == {"kind": "fpn"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deeplab", "--head: the kind of a head is needed; did you mean 'deeplabv3plus'? heads: "),
        ("fpn,chanels=64", "--head: fpn has no option 'chanels'; did you mean 'channels'?"),
        ("unet,channels=many", "--head: unet, channels: Input should be a valid integer"),
    ],
)
def test_what_is_no_head_names_the_nearest(text, message):
    with pytest.raises(UserError) as error:
        typed_head(text)
    assert message in str(error.value)
