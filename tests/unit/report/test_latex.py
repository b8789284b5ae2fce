"""A table that LaTeX sets: every special letter is escaped, every row ends."""

from dataclasses import replace

import pytest

from moat_lab.analysis import summary
from moat_lab.records import ResultsFolder
from moat_lab.report.ablation.latex import escaped, latex_table


def lines_of(folder, **changes):
    plan = replace(ResultsFolder(folder).read_plan(), **changes)
    text = latex_table(plan, summary(plan, ResultsFolder(folder).read().evaluations))
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("50 % & more", r"50 \% \& more"),
        ("late_order=#1", r"late\_order=\#1"),
        ("{a}$", r"\{a\}\$"),
        (r"a\b", r"a\textbackslash{}b"),
        ("~^|<>", r"\textasciitilde{}\textasciicircum{}\textbar{}\textless{}\textgreater{}"),
    ],
)
def test_special_letters_are_escaped(text, tex):
    assert escaped(text) == tex


def test_rows_hold_the_summary(small):
    lines = lines_of(small)
    assert (
        r"\texttt{attn+mlp} & 3 (+1 failed) & 90.6 [89.1, 92.1] & $-1.90$ [$-2.15$, $-1.65$] & 0.002 "
        r"& 860\,k & 35\,M & worse \\"
    ) in lines
    assert r"\texttt{mbconv+attn} & 3 & 92.5 [91.3, 93.7] & -- & -- & 980\,k & 41.2\,M & baseline \\" in lines


def test_caption_and_label_come_from_the_study(small):
    lines = lines_of(small, question="Does 100 % of SE_ratio help?")
    assert r"\label{tab:ablate_order}" in lines
    (caption,) = [line for line in lines if line.startswith(r"\caption")]
    assert caption.startswith(r"\caption{Does 100 \% of SE\_ratio help? Top-1 on the validation split")
    assert lines[lines.index(r"\toprule") + 2] == r"\midrule"
    assert lines[-3:] == [r"\bottomrule", r"\end{tabular}", r"\end{table*}"]


def test_each_reading_is_a_part(two_readings):
    lines = lines_of(two_readings)
    assert r"\multicolumn{8}{l}{\emph{As written}} \\" in lines
    assert r"\multicolumn{8}{l}{\emph{At the baseline's MACs}} \\" in lines
    assert sum(line.startswith(r"\texttt") for line in lines) == 7


def test_a_bound_of_p_is_mathematics(two_readings):
    assert any("& $<0.001$ &" in line for line in lines_of(two_readings))
