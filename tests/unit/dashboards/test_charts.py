"""Text from files stays text."""

from dashboards.charts import for_code_span, for_plotly


def test_plotly_sees_no_tag_and_no_formula():
    assert for_plotly("<b>x</b> & $y$\n**z**") == "&lt;b&gt;x&lt;/b&gt; &amp; &#36;y&#36; **z**"


def test_a_name_cannot_leave_its_backticks():
    assert for_code_span("a`**b**\n# c") == "a'**b** # c"
