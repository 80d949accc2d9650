"""What the reports say, and that nothing written in an article or a question does anything in them."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.terminal import Line, Table
from qa_eval import reports
from qa_eval.metrics.confidence import Bin
from qa_eval.reports import plots, terminal
from qa_eval.reports.html import page
from qa_eval.reports.junit import junit
from qa_eval.reports.markdown import literal, markdown
from qa_eval.types import Case, Gold
from qa_index.errors import QAError
from tests.eval.reports.samples import CASE, a_run, abstained, answered, cite, failed, many, searched

HOSTILE = (
    "<script>alert(1)</script>",
    "]]>",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "${1+1}",
    "{{ 7*7 }}",
    "{% raw %}",
    "</mark></article><img src=http://evil.example/x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "--> <!-- &lt;b&gt;",
    "a\x00b\x1b[31mc\x85\u2028d",
    "\ud800",
    "\ufffe\uffff",
    "| a | b |\n\n# heading\n\n> quote\n```\ncode",
    "https://evil.example/?a=1 www.evil.example me@evil.example @someone #12",
    "`http://evil.example`",
)


def poisoned(text):
    case = Case(f"id {text}", text, (text,), (Gold(text, text),), tags=(text,))
    cited = replace(cite(), title=text, quote=text, before=text, after=text, source=text, gold=((1, 3),))
    return (
        answered(case, text, right=False, text=text, citations=(cited,)),
        failed(replace(case, id="failed"), error=text),
        abstained(replace(case, id="abstained")),
    )


def poisoned_run(text):
    known = {text: text}
    told = {"settings": known, "made_by": known, "versions": known, "machine": known}
    return a_run(poisoned(text), suite=text, arguments=(text,), **told)


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def tags_of(text):
    return Seen(text).tags


def test_the_three_reports_are_written_and_nothing_else(tmp_path):
    run = a_run(many(), path=tmp_path)
    reports.write(run)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["junit.xml", "report.html", "report.md"]
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == markdown(run)


def test_a_report_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(QAError, match=r"No such file or directory\. Make room there, or choose another --output"):
        reports.write(a_run(many(), path=tmp_path / "gone"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_an_element_or_an_attribute_to_the_page(text):
    made = page(poisoned_run(text))
    assert sorted(set(tags_of(made))) == sorted(set(tags_of(page(poisoned_run("harmless")))))
    assert tags_of(made).count("article") == 3
    names = {name for name, _ in Seen(made).attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "srcset", "data", "action"}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_loses_its_letters_in_the_page(text):
    shown = "".join(Seen(page(poisoned_run(text))).words)
    kept = re.sub("[\x00-\x1f\x7f-\x9f\ud800\ufffe\uffff]", "", text)
    assert kept in re.sub("\n", "", shown)


@pytest.mark.parametrize("text", ["plain", *HOSTILE])
def test_the_page_asks_a_browser_for_nothing(text):
    seen = Seen(page(poisoned_run(text)))
    assert not {"script", "link", "img", "iframe", "object", "a", "form", "base"} & set(seen.tags)
    assert (
        next(value for name, value in seen.attributes if name == "content")
        == "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert not any("//" in (value or "") for _, value in seen.attributes)
    style = "".join(word for word in seen.words if ":root" in word)
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("text", HOSTILE)
def test_junit_holds_any_text(text):
    suite = ElementTree.fromstring(junit(poisoned_run(text))).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "1")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_makes_nothing_of_any_text(text):
    made = markdown(poisoned_run(text))
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", made))
    assert not re.search(r"[\[\]{}$]|://|www\.|@|#\d|\ud800|\x00", outside)
    assert set(re.findall(r"<[^>]*>", outside)) <= {"<b>", "</b>"}
    assert [line for line in made.split("\n") if line.startswith(">")] == []
    assert [line for line in made.split("\n") if line.startswith("## ")] == [
        "## Figures",
        "## By tag",
        "## Worst cases",
        "## Made with",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_reader_of_markdown_sees_no_link_image_or_script(text):
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tags = set(tags_of(reader.render(markdown(poisoned_run(text)))))
    assert tags <= {
        "h1",
        "h2",
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "strong",
        "b",
        "code",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Who owns it?", "Who owns it?"),
        ("a*b_c", r"a\*b\_c"),
        ("two\n\nlines", "two lines"),
        ("see https://x.example/a_b now", "see `https://x.example/a_b` now"),
        ("a|https://x`y", r"a\|`https://x`\`y"),
        ("<b>", r"\<b\>"),
        ("issue #12, C#", r"issue `#12,` C\#"),
    ],
)
def test_text_in_markdown_stays_text(text, shown):
    assert literal(text) == shown


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_any_text_goes_through_all_reports(text):
    run = poisoned_run(text)
    ElementTree.fromstring(junit(run))
    assert tags_of(page(run)).count("article") == 3
    assert markdown(run).count("\n## ") == 4


def test_a_cited_span_is_marked_in_its_context_with_gold_inside():
    made = page(a_run([answered(right=False)]))
    assert (
        'fire service said. </span><mark>Its owner, </mark><mark class="gold">Ada Quill</mark>'
        '<mark>, had stored 1,200 sacks of flour there</mark><span class="around">, most of them'
    ) in made


def test_the_page_shows_what_a_person_needs_to_judge_a_case():
    made = page(a_run([answered(right=False, short="the council", confidence=0.87)]))
    for words in ("Who owned the mill?", "the council", "Ada Quill", "confidence 0.87", "wrong answer", "Mill burns"):
        assert words in made
    for words in ("embedder", "MiniLM int8", "0.1.0", "cores", "qa eval mills.jsonl --limit 3", "0123456789abcdef"):
        assert words in made


def test_a_broken_promise_is_shown_at_the_top():
    assert "1 case broke a promise: shown first" in page(a_run([answered(altered=1), answered()]))
    assert "2 cases failed: shown first" in page(a_run([failed(), failed()]))
    assert 'class="alert"' not in page(a_run([answered()]))


def test_a_search_is_reported_by_the_figures_of_a_search():
    query = Case("q1", "flour fire", gold=(Gold("doc-1"),), tags=("short",))
    run = a_run([searched(query, (4,)), searched(replace(query, id="q2"), ())], retrieval_only=True)
    made = page(run)
    for words in ("nDCG@10", "MRR@10", "Worst queries", "not found", "found at 4", "doc-1"):
        assert words in made
    assert "Risk and coverage" not in made
    assert "abstention recall" not in made
    assert "| tag | cases | nDCG@10 | MRR@10 | recall@10 | hit@1 |" in markdown(run)


def test_a_run_without_outcomes_is_reported_too():
    run = a_run([], finish=None)
    assert "interrupted: 0 of 0 cases" in page(run)
    assert "Interrupted: 0 of 0 cases" in markdown(run)
    assert ElementTree.fromstring(junit(run)).find("testsuite").get("tests") == "0"


def test_a_long_run_lists_part_of_its_cases_and_says_so(monkeypatch):
    monkeypatch.setattr("qa_eval.reports.html.LISTED", 2)  # two thousand would be slow
    made = page(a_run([answered()] * 3))
    assert "All 3 cases" in made
    assert "The first 2 of them" in made
    assert made.count('<td class="id">') == 2


def test_many_tags_are_shown_in_part_and_all_of_them_where_the_page_is_opened():
    def told(count):
        tags = [f"Article {number:02}" for number in range(count)]
        run = a_run([answered(replace(CASE, id=tag, tags=("who", tag))) for tag in tags])
        tables = [part.rows for part in terminal.parts(run) if isinstance(part, Table)]
        notes = [part.text for part in terminal.parts(run) if isinstance(part, Line) and part.text]
        return page(run), markdown(run), [row[0] for row in tables[1]], notes

    made, text, names, notes = told(24)
    assert made.count('<th scope="row" dir="auto">') == len(names) == 25 and notes == []
    assert "more tag" not in text and "by name" not in made
    made, text, names, notes = told(40)
    assert names == ["who", *(f"Article {number:02}" for number in range(24))]
    assert len(notes) == 1 and notes[0].startswith("… and 16 more tags") and f"\n\n{notes[0]}\n\n" in text
    assert "| Article 23 |" in text and "| Article 24 |" not in text
    assert made.count('<th scope="row" dir="auto">') == 25 + 41
    assert "All 41 tags, by name" in made and "The 25 tags that most cases have, of 41." in made


def test_junit_counts_what_it_holds():
    outcomes = list(many())
    outcomes[0] = answered(outcomes[0].case, altered=1)
    suite = ElementTree.fromstring(junit(a_run(outcomes))).find("testsuite")
    tests = suite.findall("testcase")
    assert suite.get("name") == "mills"
    assert int(suite.get("tests")) == len(tests) == 120
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("errors")) == len(suite.findall("testcase/error")) == 1
    wrong = sum(not each.right and not each.error for each in outcomes) + 1
    assert int(suite.get("failures")) == wrong
    assert tests[0].find("failure").get("message") == "right, cites words that do not stand there"
    assert (tests[1].get("classname"), tests[1].get("name"), tests[1].get("time")) == ("how_many", "mill-002", "0.031")
    properties = {each.get("name"): each.get("value") for each in suite.find("properties")}
    assert properties["suite_digest"] == "0123456789abcdef"
    assert properties["failed"] == "1"


@pytest.mark.parametrize(
    "drawing", [plots.risk_coverage([]), plots.reliability([]), plots.reliability([Bin(0, 1, 0, 0, 0)])]
)
def test_a_plot_of_nothing_says_so(drawing):
    svg = ElementTree.fromstring(drawing)
    assert svg.find("desc").text == "No question was answered."
    assert svg.find("text").text == "no answers"


@pytest.mark.parametrize(
    "drawing",
    [
        plots.risk_coverage([(0.25, 0.0), (0.5, 0.5), (1.0, 0.25)]),
        plots.risk_coverage([(0.5, 0.0)]),
        plots.risk_coverage([(1.0, 1.0)]),
        plots.reliability([Bin(0.0, 0.5, 0, 0, 0), Bin(0.5, 1.0, 4, 0.75, 1.0)]),
    ],
)
def test_a_plot_is_named_and_told_and_stays_inside_its_borders(drawing):
    svg = ElementTree.fromstring(drawing)
    told = svg.get("aria-labelledby").split()
    assert [svg.find("title").get("id"), svg.find("desc").get("id")] == told
    for each in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(each.get(name, 0)) <= plots.WIDTH
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(each.get(name, 0)) <= plots.HEIGHT
    for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", "".join(each.get("d", "") for each in svg.iter("path"))):
        assert float(x) <= plots.WIDTH
        assert float(y) <= plots.HEIGHT


def test_a_plot_tells_its_numbers_in_words():
    risk = ElementTree.fromstring(plots.risk_coverage([(0.25, 0.0), (0.5, 0.5), (1.0, 0.25)]))
    assert (
        risk.find("desc").text
        == "Of the surest 50 % of the cases, 50 % are wrong. Of the surest 100 % of the cases, 25 % are wrong."
    )
    reliable = ElementTree.fromstring(plots.reliability([Bin(0.5, 1.0, 4, 0.75, 0.5)]))
    assert reliable.find("desc").text == "Confidence 0.5 to 1.0: 50 % of 4 right."


def luminance(colour):
    """Return the relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_text_has_enough_contrast_in_light_and_dark(scheme):
    blocks = re.findall(r":root \{(.*?)\}", page(a_run([])), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [
        *product(("ink", "soft", "accent", "bad", "odd"), ("page", "card")),
        *product(("ink",), ("mark", "gold", "track")),
        *((tone, f"{tone}-back") for tone in ("good", "odd", "bad")),
    ]
    for text, back in pairs:
        lighter, darker = sorted((luminance(colours[text]), luminance(colours[back])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, back)
