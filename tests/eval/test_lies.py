"""Made claims are what their label says, always the same, and of every kind; the command says what became of them."""

import datetime as dt
import gzip
import json
import re

import pytest
import typer
from typer.testing import CliRunner

from qa_eval import cli
from qa_eval.claims.checking import Believing, judged, told
from qa_eval.claims.lies import KINDS, REWORDED, make, thinned
from qa_eval.claims.made import Made, Told
from qa_eval.claims.phrasing import negated, number_in_words, statement
from qa_eval.claims.report import Report, Verdict, missed, parts, record
from qa_eval.formats import wice
from qa_index.errors import UsageError
from qa_index.types import Article, Span, When, article_id

TEXT = (
    "The old mill in Ferrow burned down on Monday, the fire brigade said. "
    "President Ada Quill told the council that 1,200 sacks of flour were lost, which is half of the harvest. "
    "The Valley Grain Board (VGB) has started to help the 14 families of the village. "
    "Karl Venn, the head of the brigade, criticised Olga Reed for the delay. "
    "Prices may rise by 5 per cent, according to Venn. "
    "Nobody has denied that the mill could have been saved before the wind became so strong."
)
OTHER = "A baker in Ostrel has found new work for twelve millers. The village of Hallin will not rebuild its own mill."


def _told(text, **fields):
    article = Article(article_id(text), text, published=When(dt.datetime(2022, 1, 13), "day"), **fields)
    spans = tuple(Span(article.id, m.start(), m.end()) for m in re.finditer(r"[^\s.][^.]*\.", text))
    return Told(article, spans)


TOLD = [_told(TEXT, publisher="The Ferry Post"), _told(OTHER)]


def of_kind(kind):
    return [each for each in make(TOLD) if each.kind == kind]


def test_claims_are_the_same_every_time():
    assert [each.proposed for each in make(TOLD)] == [each.proposed for each in make(TOLD)]


def test_every_claim_has_the_label_of_its_kind():
    for each in make(TOLD):
        assert each.supported == KINDS[each.kind]


@pytest.mark.parametrize("kind", ["whole sentence", "last clause left out", "day written out", "acronym", "synonyms"])
def test_supported_claims_cite_a_sentence_that_has_their_quote(kind):
    assert of_kind(kind)
    for each in of_kind(kind):
        number = each.proposed.sentences[0]
        assert each.proposed.quote in each.numbered[number].text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("day written out", "The old mill in Ferrow burned down on 10 January 2022, the fire brigade said."),
        ("acronym", "The VGB has started to help the 14 families of the village."),
        ("synonyms", "The old mill in Ferrow burned down on Monday, the fire brigade stated."),
        ("negation", "The Valley Grain Board (VGB) has not started to help the 14 families of the village."),
        ("doubt lost", "Nobody has denied that the mill was saved before the wind became so strong."),
        ("torn out", "the mill could have been saved before the wind became so strong."),
        ("opposite", "Karl Venn, the head of the brigade, praised Olga Reed for the delay."),
    ],
)
def test_what_is_made_of_a_sentence(kind, text):
    assert text in [each.proposed.text for each in of_kind(kind)]


def test_no_lie_is_the_sentence_it_cites():
    for each in make(TOLD):
        cited = [each.numbered[n].text for n in each.proposed.sentences if n in each.numbered]
        if not each.supported and each.proposed.text in cited and len(cited) == len(each.proposed.sentences) == 1:
            assert each.proposed.quote not in cited[0] or len(each.proposed.quote) < 9


def test_lies_are_told_in_other_words_too():
    assert len(of_kind(REWORDED)) >= 3


def test_the_shipped_articles_give_more_than_a_thousand_claims_and_all_kinds_of_lies():
    made = list(make(*told(None)))
    kinds = {each.kind for each in made}
    assert len(made) >= 1_000
    assert sum(each.supported for each in made) >= 400
    assert {kind for kind, supported in KINDS.items() if not supported} - kinds <= {"torn out"}
    assert len(thinned(made, 50)) == 50


def test_the_rules_alone_drop_most_lies_and_few_supported_claims():
    report = Report("none", tuple(judged(make(*told(None)), Believing())))
    wrong = {label: [each for each in report.of(supported=label) if not each.right] for label in (True, False)}
    assert len(wrong[True]) <= 0.02 * len(report.of(supported=True))
    assert len(wrong[False]) <= 0.05 * len(report.of(supported=False))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("The mill was lost.", "The mill was not lost."),
        ("The mill was not lost.", "The mill was lost."),
        ("The fire took an hour.", "The fire did not take an hour."),
        ("A quiet day.", None),
    ],
)
def test_a_not_more_or_less(text, made):
    assert negated(text) == made


@pytest.mark.parametrize(
    ("question", "answer", "made"),
    [
        ("Who owned the mill?", "Ada Quill", "Ada Quill owned the mill."),
        ("Who was the owner?", "Ada Quill", "Ada Quill was the owner."),
        ("Which village rebuilt its mill?", "Hallin", "Hallin rebuilt its mill."),
        ("How many sacks were lost?", "1,200", "1,200 sacks were lost."),
        ("How many sacks were lost?", "1,200 sacks", "1,200 sacks were lost."),
        ("When was the mill rebuilt?", "in May", None),
    ],
)
def test_a_question_and_its_answer_as_a_statement(question, answer, made):
    assert statement(question, answer) == made


def test_numbers_in_words():
    assert [number_in_words(value) for value in (0, 12, 20, 21, -1)] == ["zero", "twelve", "twenty", None, None]


def test_a_report_says_what_was_missed():
    kept = Verdict("negation", False, "The mill did not burn.", "The mill burned.", None, None, 0.9)
    lost = Verdict("synonyms", True, "The mill burnt.", "The mill burned.", "It is not said.", "support", 0.1)
    fine = Verdict("synonyms", True, "The mill burned.", "The mill burned.", None, None, 1.0)
    report = Report("by hand", (kept, lost, fine))
    assert len(list(missed(report))) == 2
    assert list(missed(Report("by hand", (fine,)))) == []
    shown = "\n".join(part.text for part in parts(report) if hasattr(part, "text"))
    assert "1 lies: 0.0% dropped" in shown
    assert "The mill did not burn." in shown
    assert record(report)["kinds"]["synonyms"] == {"claims": 2, "dropped": 0.5, "wrong": 1}


def test_wice_is_read_with_the_day_of_its_page(tmp_path):
    path = tmp_path / "wice.jsonl.gz"
    lines = [
        {
            "premise": "(meta data) PUBLISHED DATETIME: 2018-07-28 A mill burned.",
            "claim": "A mill burned.",
            "label": "x",
        },
        {"premise": "A mill burned.", "claim": "A mill burned.", "label": "supported"},
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert [each.published for each in wice.load(path)] == [dt.date(2018, 7, 28), None]
    path.write_bytes(gzip.compress(b'{"premise": "A mill"}'))
    with pytest.raises(UsageError, match="claim"):
        list(wice.load(path))


def command(*arguments):
    app = typer.Typer(rich_markup_mode=None)
    app.command("other")(lambda: None)
    cli.register(app)
    return CliRunner().invoke(app, ["eval", "claims", *arguments])


def test_the_command_prints_tables_or_one_object(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "000.txt").write_text(TEXT, encoding="utf-8")
    (folder / "001.txt").write_text(OTHER, encoding="utf-8")
    path = tmp_path / "wice.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"premise": "The mill in Ferrow burned down.", "claim": claim, "label": label})
            for claim, label in (("The mill burned down.", "supported"), ("The mill has 40 rooms.", "not_supported"))
        ),
        encoding="utf-8",
    )
    shown = command("--judge", "none", "--articles", str(folder), "--wice", str(path))
    assert shown.exit_code in (0, 1)
    assert "wrong number" in shown.stdout
    assert "AUROC" in shown.stdout
    whole = json.loads(command("--judge", "none", "--articles", str(folder), "--json", "--limit", "40").stdout)
    assert whole["lies"]["claims"] + whole["supported"]["claims"] == 40
    assert whole["judge"] == "none"


def test_what_cannot_be_measured_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    for arguments in (["--judge", "oracle"], ["--judge", "none", "--articles", str(tmp_path / "empty")]):
        assert isinstance(command(*arguments).exception, UsageError)


def test_a_verdict_says_which_check_and_what_the_judge_said():
    one = next(iter(make(TOLD)))
    verdict = next(iter(judged([one], Believing())))
    assert (verdict.kind, verdict.reason, verdict.right) == (one.kind, None, True)
    assert isinstance(one, Made)
