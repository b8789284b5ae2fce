"""Text from files stays text, and a chart has a name."""

import plotly.graph_objects as go

from dashboards.charts import for_code_span, for_plotly, spoken_name


def test_plotly_sees_no_tag_and_no_formula():
    assert for_plotly("<b>x</b> & $y$\n**z**") == "&lt;b&gt;x&lt;/b&gt; &amp; &#36;y&#36; **z**"


def test_a_name_cannot_leave_its_backticks():
    assert for_code_span("a`**b**\n# c") == "a'**b** # c"


def test_a_screen_reader_says_a_charts_axes_or_its_key():
    titled = go.Figure(layout={"xaxis": {"title": "cost (GMACs)"}, "yaxis": {"title": "top-1 (%)"}})
    assert spoken_name(titled, "chart") == "Chart: top-1 (%) against cost (GMACs)"
    assert spoken_name(go.Figure(), "stages_of_a_network") == "Chart: stages of a network"
