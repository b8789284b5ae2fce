"""What a notebook shows of a network and of a space."""

from moat_lab import parse


def test_a_network_is_drawn_as_boxes_from_left_to_right_over_its_text():
    shown = parse("stem(16, 32) | 2x mbconv+attn, 1x mlp @32 for 32px")._repr_html_()
    assert "<b>stem</b><br>16<br>32</div>" in shown
    assert "<b>stage 1 @32</b><br>2x mbconv+attn<br>1x mlp</div>" in shown
    assert shown.endswith("<code>stem(16, 32) | 2x mbconv+attn, 1x mlp @32 for 32px</code>")


def test_a_space_shows_its_size_and_the_levels_of_each_factor():
    shown = parse("stem(16) | n x mbconv(se=s) @32 where n in 1..3, s in {0, 0.25}")._repr_html_()
    assert shown.startswith("6 networks<table>")
    assert "<tr><td>n</td><td>1, 2, 3</td></tr><tr><td>s</td><td>0, 0.25</td></tr>" in shown
