from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import UnreadableArticle
from qa_index.reading import articles, chunks
from qa_index.reading.learnt import Learnt, learn, line_keys, mask, matching
from qa_index.stories import Story
from qa_index.types import Article

NOTICE = "You can follow the Herald's river desk on Facebook"
LINK = "RIVER CENTRAL: The latest levels, photos, tables and more"
WRITER = "Jane Doe is a reporter on the river desk."
CREDIT = "The Herald Times"
FACTS = (
    "Kazakhstan, a former Soviet republic of 19 million people, borders Russia and China.",
    "Our rating: False",
    "Alabama",
    "Developments:",
    "Where to watch: Channel Four",
    "If you owe taxes, you must file your return by April.",
    "The council asked people to call 555-555-2810 with any information.",
    '"Follow us on Facebook," the mayor said.',
)


def story(number: int, *, head: str = "", middle: str = "", tail: str = "") -> Article:
    body = [f"Event {number}, part {part}, was like no other event of its kind." for part in range(12)]
    lines = [head, *body[:6], middle, *body[6:], tail]
    return articles.from_text("\n\n".join(line for line in lines if line))


def learnt_from(*read: Article, stories: list[int] | None = None) -> Learnt:
    return learn((key, line_keys(a.text, a.masked)) for key, a in zip(stories or range(len(read)), read, strict=True))


def masked(article: Article) -> list[str]:
    return [article.text[span.start : span.end] for span in article.masked]


@pytest.mark.parametrize(
    ("line", "place", "least"),
    [(NOTICE, "middle", 2), (LINK, "middle", 4), (WRITER, "tail", 2), (CREDIT, "tail", 3), (CREDIT, "head", 3)],
)
def test_a_line_of_the_page_is_learnt_once_enough_stories_have_it(line, place, least):
    read = [story(number, **{place: line}) for number in range(least)]
    enough, few = learnt_from(*read), learnt_from(*read[:-1])
    assert masked(mask(read[0], enough)) == [line]
    assert mask(read[0], few) is read[0]
    assert not few


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("place", ["head", "middle", "tail"])
def test_what_is_news_is_never_learnt_however_often_it_is_repeated(fact, place):
    read = [story(number, **{place: fact}) for number in range(30)]
    assert mask(read[0], learnt_from(*read)) is read[0]


@pytest.mark.parametrize("line", [WRITER, CREDIT])
def test_a_name_in_the_middle_of_a_story_is_not_learnt(line):
    read = [story(number, middle=line) for number in range(9)]
    assert not learnt_from(*read)
    at_its_end = learnt_from(*(story(number, tail=line) for number in range(9)))
    assert mask(read[0], at_its_end) is read[0]


def test_reprints_of_one_story_are_one_witness():
    read = [story(number, tail=NOTICE) for number in range(9)]
    assert not learnt_from(*read, stories=[7] * 9)
    assert learnt_from(*read, stories=[7] * 8 + [8])


def test_the_dress_of_a_line_does_not_matter_but_its_words_do():
    read = [story(1, tail="You can follow the Herald’s  River Desk on Facebook."), story(2, tail=NOTICE)]
    learnt = learnt_from(*read)
    assert [len(mask(article, learnt).masked) for article in read] == [1, 1]
    other = story(3, tail=NOTICE.replace("river", "lake"))
    assert mask(other, learnt) is other


def test_what_matches_tells_whether_there_is_anything_to_mask():
    learnt = learnt_from(*(story(number, middle=NOTICE) for number in range(3)))
    for article in (story(4, tail=NOTICE), story(5), story(6, middle=WRITER)):
        keys = line_keys(article.text, article.masked)
        assert bool(matching(keys, learnt)) == (mask(article, learnt) is not article)


def test_an_article_that_is_nothing_but_the_notice_stays_searchable():
    read = [story(number, tail=NOTICE) for number in range(3)]
    alone = articles.from_text(NOTICE)
    assert mask(alone, learnt_from(*read)) is alone


def test_masks_that_were_there_stay_and_join():
    read = [articles.from_text(f"{story(n).text}\n\n{NOTICE}\n\nAdvertisement") for n in range(2)]
    assert [masked(article) for article in read] == [["Advertisement"]] * 2
    assert masked(mask(read[0], learnt_from(*read))) == [NOTICE, "Advertisement"]


def test_keys_are_the_same_on_every_machine_and_fit_into_a_database():
    keys = line_keys(f"{NOTICE}\n\nThe river rose by a metre.", ())
    assert keys == (4963961952762882537,)
    assert all(0 <= key < 2**63 for key in keys)


LINES = st.sampled_from([NOTICE, LINK, WRITER, CREDIT, *FACTS, "Advertisement", "By Jane Doe", "", "6 January 2022"])
TEXTS = st.lists(st.one_of(LINES, st.text(max_size=20)), min_size=1, max_size=12).map("\n".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_whatever_is_learnt_masks_lie_in_order_inside_the_text_and_chunks_outside_them(texts):
    read = []
    for text in texts:
        try:
            read.append(articles.from_story(Story(text), source="s"))
        except UnreadableArticle:
            continue
    learnt = learnt_from(*read)
    for article in read:
        seen = mask(article, learnt)
        assert (seen.id, seen.text) == (article.id, article.text)
        assert all(left.end < right.start for left, right in pairwise(seen.masked))
        assert all(span.article_id == seen.id and span.end <= len(seen.text) for span in seen.masked)
        assert mask(seen, learnt) == seen
        cut = chunks.cut(seen)
        assert all(
            sentence.end <= span.start or span.end <= sentence.start
            for chunk in cut
            for sentence in chunk.sentences
            for span in seen.masked
        )


# A megabyte of each was read and cut within 5 s on a busy machine.
ENDLESS = {
    "no space": "a" * 200_000,
    "digits": "1234567890" * 20_000,
    "years": "2022-01-" * 25_000,
    "line ends": "\n" * 200_000 + "x",
    "By": "By " * 66_000,
    "brackets": "(" * 200_000,
    "initials": "A.A." * 50_000,
    "months": "January " * 25_000,
    "dates": "13 January 2022\n" * 12_500,
    "labels": "Published:\n" * 4_000,
    "names": ("Aa is " + "contact her " * 38 + "\n") * 430,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_text_without_end_passes_through(kind):
    article = articles.from_story(Story(ENDLESS[kind], title="A bridge"), source="s")
    assert article.published is None or article.published.date == dt.date(2022, 1, 13)
    assert mask(article, learnt_from(article, article, stories=[1, 2])).text == ENDLESS[kind]
    assert chunks.cut(article)
