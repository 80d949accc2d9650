from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.reading import boilerplate

NOT_THE_ARTICLE = """
Image: AP | Image:self
(Image: AP)
Photo: Jane Doe/Getty Images
Photo by John Roe/AFP via Getty Images
Photograph: Jane Doe/AP
Image credit: Reuters
Image copyright Getty Images
Credit: Reuters
AP Photo/Jane Doe
REUTERS/Jane Doe
Getty Images
![the square](square.jpg)
Advertisement
ADVERTISEMENT
- Advertisement -
Advertisement - Continue Reading Below
Story continues below this advertisement
Sponsored
Open in app
The post Bridge to be built over the river appeared first on The Herald.
Continue reading…
Continue reading “Bridge to be built” →
Sign up for our daily bulletin here
Read more
Read More: Bridge to be built over the river
ALSO READ | Bridge to be built over the river
Related: Bridge to be built over the river
Watch: The bridge from above
Related articles
Most read
You may also like
More from The Herald
Share
Share this article
Share this story on Facebook
Facebook Twitter WhatsApp
Tweet
3 Comments
Subscribe to our newsletter
Sign up for our daily briefing
Subscribe now
Follow us on Twitter and Facebook
Follow Jane Doe on Twitter: @janedoe
Contact Jane Doe at jane@example.org.
Click here to subscribe
Download the Herald app
Listen to this article
Tags: bridge, river
( With inputs from ANI )
(With agency inputs from PTI)
Disclaimer: This article was auto-generated from a wire feed and nobody has checked it
This report has been published from an agency feed without changes.
This story has been updated with additional details.
This story has been updated.
© 2022 The Herald
Copyright 2022 The Associated Press. All rights reserved.
All rights reserved.
This material may not be published, broadcast, rewritten or redistributed.
Читайте также: мост построят
Реклама
Jane Doe contributed to this report.
– The Herald's Jane Doe, John A. Roe and Ann Poe contributed reporting to this story
Contributing: Jane Doe, The Herald; Associated Press
Contact Jane Doe at (555) 555-2810 or jane@example.org. Follow her on X @janedoe.
Reach the reporter at jane@example.org
Jane Doe covers rivers for The Herald. Reach her at jane@example.org or 555-555-2810.
Editor's note: A version of this story first appeared in our morning newsletter.
This article was originally published on The Herald: Bridge at last
This story and headline have been updated with additional developments Tuesday.
AP rivers: https://example.org/hub/rivers and https://example.com/AP_Rivers
What is everyone talking about? Sign up for our morning newsletter to know.
For more on rivers, sign up to the weekly River newsletter
STAY AFLOAT:Subscribe to our Rivers newsletter!
Get the Herald's weekly letter in your inbox. Sign up here.
For the full story, click here.
Read Jane Doe's full column here.
What's the weather? Check your local forecast here.
Support local journalism. Subscribe today.
Subscribe to example.org today.
Acme is a Herald content partner offering commentary. Its content is produced independently of The Herald.
— Chosen by our editors. Purchases you make through our links may earn us a commission.
Prices were accurate at the time this article was published but may change over time.
River coverage at The Herald is made possible in part by a grant from the River Foundation.
The views expressed in this commentary are her own.
From staff and wire reports
From Herald Network and wire reports
Video Ad Feedback The bridge from above 01:50 - Source: Herald
Hit play on the player above to hear the podcast. This transcript was automatically generated.
Keep scrolling
* * *
___
•
""".strip().splitlines()

THE_ARTICLE = """
Advertisement spending rose by a fifth in January.
Share prices fell.
Read more slowly, the teacher said.
The image was taken by a satellite. It shows smoke.
Photo: Protesters gather in the square on Thursday
Images of the square were shared by thousands.
Subscribe is what they asked people to do, and people did so by the thousand.
Related: that is how he felt to the river. It was his cousin.
Follow the money, she said.
Open in January, closed in June, the bridge was a failure.
Copyright law was changed in 2019.
This story begins in Almaty.
This story has been told many times.
Watch the river, they say.
Print media are in decline.
Contact between the two governments broke off.
Home prices fell by 3 percent.
Реклама на телевидении подорожала.
Sign up for a class that teaches how to turn fruit into dessert.
With inputs like these, no program can work.
Click here, it said. He did.
Reuters reported the deaths of eight people.
Getty was a rich man.
Tags were removed from the dogs.
The disclaimer was read out in court.
In pictures from space the lake is blue.
Two people were killed
Kazakhstan protest
Reporters contributed to this report, which the council will debate on Monday in the city.
"Subscribe to our newsletter," the mayor told the crowd.
The mayor said: sign up for the city newsletter if you want to know more.
The newsletter has two million readers.
Netflix lost 200,000 subscribers in the first quarter.
The council asked people to call 555-555-2810 with any information.
The coverage was expanded with the help of a grant from the state, officials said.
The company may earn less than last year, and its links to the ministry were cut.
Contact with the enemy ended on 13-01-2022.
Follow-up talks are planned.
Journalism is not a crime, they chanted.
A version of this law was passed in 2019.
An earlier version of this story misstated the length of the bridge.
Correction: this story misstated the length of the bridge.
The prices were correct, the inspectors found.
Staff left the building.
Read the letter.
""".strip().splitlines()


@pytest.mark.parametrize("line", NOT_THE_ARTICLE)
def test_what_a_page_prints_around_an_article_is_found(line):
    text = f"The bridge is open.\n\n  {line} \n\nIt is long."
    assert [text[start:end] for start, end in boilerplate.find(text)] == [line]


@pytest.mark.parametrize("line", THE_ARTICLE)
def test_a_line_of_the_article_is_never_boilerplate(line):
    assert boilerplate.find(f"The bridge is open.\n\n{line}\n\nIt is long.") == ()


def test_lines_that_repeat_the_headline_are_repetitions_wherever_they_are():
    lines = ["A bridge at last", "It is long.", "A bridge at last | A bridge at last", "# A  bridge at last"]
    text = "\n\n".join([*lines, "A bridge at last!"])
    found = [text[start:end] for start, end in boilerplate.repetitions(text, "A bridge at last")]
    assert found == [lines[0], *lines[2:]]


@pytest.mark.parametrize(
    ("title", "repeats"),
    [
        ("A bridge at last over the river", True),
        ("A bridge at last over the river | The Herald", True),
        ("A bridge at last over the river - Rivers - The Herald", True),
        ("A bridge at last over ...", True),
        ("A bridge ...", False),
        ("A bridge at last over the river and the lake", False),
        ("A bridge", False),
        ("", False),
    ],
)
def test_a_title_with_the_name_of_its_site_or_cut_off_is_still_the_headline(title, repeats):
    text = "A bridge at last over the river\n\nIt is long."
    assert boilerplate.repetitions(text, title) == (((0, 31),) if repeats else ())


def test_the_second_of_two_equal_paragraphs_is_a_repetition_and_the_first_is_not():
    paragraph = "The bridge over the river was opened on Monday by the mayor."
    text = f"{paragraph}\n\nIt is long.\n\n{paragraph}\n\nIt is long.\n\n{paragraph.replace('Monday', 'Tuesday')}"
    second = text.index(paragraph, 10)
    assert boilerplate.repetitions(text, None) == ((second, second + len(paragraph)),)


def test_lines_read_already_are_not_compared():
    text = "A bridge at last\n\nIt is long.\n\nA bridge at last"
    assert boilerplate.repetitions(text, "A bridge at last", skip=[(0, 16)]) == ((31, 47),)


@settings(deadline=None)
@given(st.text(st.sampled_from("A bridge|\n.Photo:/©"), max_size=120))
def test_ranges_are_sorted_disjoint_and_whole_lines(text):
    for found in (boilerplate.find(text), boilerplate.repetitions(text, "A bridge")):
        assert all(left[1] < right[0] for left, right in pairwise(found))
        assert all(text[start:end] == text[start:end].strip() != "" for start, end in found)


@pytest.mark.parametrize(
    "line",
    [
        "Photo: " + "A" * 480 + "!",
        "Photo: " + "Aa " * 150 + "!",
        "a" * 100_000,
        "share " * 80 + "x",
        "Aa. " * 120 + "contact her @",
        '"' * 450 + "contributed to this",
        "sign up: " * 50 + "inbox",
    ],
)
def test_no_line_takes_long(line):
    started = time.process_time()
    boilerplate.find("\n".join([line] * 20))
    assert time.process_time() - started < 2  # hundredths of a second on an idle machine
