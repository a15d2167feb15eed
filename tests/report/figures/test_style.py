"""SVG that can stand in a page beside others."""

import re

from physdfa.report.figures.style import drawing, inline_svg, literal, svg_text


def make_svg(words: str = "u") -> str:
    with drawing(3.0, 2.0) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set_xlabel(literal(words))
        return svg_text(figure, "name")


def test_the_same_drawing_gives_the_same_bytes_without_a_date():
    assert make_svg() == make_svg()
    assert "<dc:date>" not in make_svg()


def test_words_stay_words():
    assert ">membrane potential</text>" in make_svg("membrane potential")
    assert "costs $5 and $6" in make_svg("costs $5 and $6")


def test_every_id_gets_the_prefix_and_every_reference_follows():
    inline = inline_svg(make_svg(), "p1", "label")
    assert inline.startswith('<svg id="p1"')
    assert 'id="figure_1"' not in inline
    assert 'id="p1-figure_1"' in inline
    assert inline.count("url(#p1-") == inline.count("url(#") > 0
    assert "<?xml" not in inline


def test_the_label_cannot_leave_its_attribute():
    assert 'aria-label="a&#34; onload=&#34;x"' in inline_svg(make_svg(), "p1", 'a" onload="x')


def test_paper_ink_and_grid_take_the_colours_of_the_page():
    inline = inline_svg(make_svg(), "p1", "label")
    assert "fill: var(--card)" in inline
    assert "stroke: var(--ink)" in inline
    assert not re.search("#(ffffff|000000|e3e3e3)", inline)
    assert "#1f77b4" in inline  # the line's own colour stays
