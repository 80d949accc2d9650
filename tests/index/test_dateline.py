from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.reading import dates, headline
from qa_index.reading.dateline import Dateline, read

BODY = (
    "\n\nPeople filled the square on Wednesday as prices rose. The cabinet left.\n\nOn January 2, protests broke out.\n"
)


def stated(when) -> str | None:
    """Write a moment short: its digits as far as they are known, then its zone."""
    if when is None:
        return None
    form = {
        "year": "%Y",
        "month": "%Y-%m",
        "day": "%Y-%m-%d",
        "minute": "%Y-%m-%d %H:%M",
        "second": "%Y-%m-%d %H:%M:%S",
    }
    return f"{when.value:{form[when.precision]}} {when.zone or ''}".strip()


# One date: how it is written, what it says. None: it is no date, or cannot be told.
DATES = {
    "2022-01-06": "2022-01-06",
    "2022/1/6": "2022-01-06",
    "2022.01.06": "2022-01-06",
    "2022-01-09T00:08:20+5:30": "2022-01-09 00:08:20 +05:30",
    "2022-01-09T00:08:20.123Z": "2022-01-09 00:08:20 +00:00",
    "2022-01-06 14:05:33 +0600": "2022-01-06 14:05:33 +06:00",
    "2022-01-06 14:05": "2022-01-06 14:05",
    "06.01.2022": "2022-01-06",
    "13/01/2022": "2022-01-13",
    "01/13/2022": "2022-01-13",
    "05/05/2022": "2022-05-05",
    "06/01/2022": None,
    "06-01-2022": None,
    "31/31/2022": None,
    "January 6, 2022": "2022-01-06",
    "Jan. 6, 2022": "2022-01-06",
    "Jan 6 2022": "2022-01-06",
    "Sept. 5, 2022": "2022-09-05",
    "JANUARY 6, 2022": "2022-01-06",
    "Thursday, January 6, 2022": "2022-01-06",
    "Thu January 6, 2022": "2022-01-06",
    "January 6th, 2022 at 07:35 IST": "2022-01-06 07:35 IST",
    "January 7, 2022, 8:01 am": "2022-01-07 08:01",
    "January 9, 2022 12:08 AM": "2022-01-09 00:08",
    "January 9, 2022 12:08 p.m.": "2022-01-09 12:08",
    "January 6, 2022 8 pm": "2022-01-06 20:00",
    "6 January 2022": "2022-01-06",
    "6 Jan 2022 14:05 GMT": "2022-01-06 14:05 GMT",
    "Thu 6 Jan 2022 10.35 GMT": "2022-01-06 10:35 GMT",
    "6 Jan 2022 14:05 GMT+6": "2022-01-06 14:05 +06:00",
    "6 Jan 2022 14:05 UTC+05:30": "2022-01-06 14:05 +05:30",
    "6 January 2022 | 14:05 (MSK)": "2022-01-06 14:05 MSK",
    "6th of January, 2022": "2022-01-06",
    "06-Jan-2022": "2022-01-06",
    "8:01 AM EST, Thu January 6, 2022": "2022-01-06 08:01 EST",
    "14:05, 6 January 2022": "2022-01-06 14:05",
    "January 2022": "2022-01",
    "May 2022": "2022-05",
    "6 января 2022 г., 14:05": "2022-01-06 14:05",
    "2022 жылғы 6 қаңтар": "2022-01-06",
    "6 de enero de 2022": "2022-01-06",
    "6. Januar 2022": "2022-01-06",
    "6 janvier 2022": "2022-01-06",
    "2022年1月6日": "2022-01-06",
    "31 February 2022": None,
    "2022-02-30": None,
    "29 February 2023": None,
    "29 February 2024": "2024-02-29",
    "2022-13-01": None,
    "January 6, 2022 25:00": "2022-01-06",
    "January 6": None,
    "Jan 6": None,
    "6 January": None,
    "on Thursday": None,
    "2022": None,
    "20220106": "2022-01-06",
    "1.5.2": None,
    "20221306": None,
    "3 of 2022": None,
    "March 31, 2022 2.5 million": None,
    "May 2022 be better": None,
}


@pytest.mark.parametrize(("written", "expected"), DATES.items())
def test_a_date_is_read_as_it_is_written_or_not_at_all(written, expected):
    moment = dates.whole(written)
    assert stated(moment if moment and moment.value else None) == expected


@settings(deadline=None)
@given(
    st.dates(dt.date(1600, 1, 1), dt.date(2199, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%b. %d, %Y", "%d.%m.%Y"]),
)
def test_every_day_is_read_back_from_its_usual_forms(day, form):
    moment = dates.whole(day.strftime(form))
    assert moment is not None
    assert moment.value is not None
    assert moment.value.date() == day


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789-/.:, TJanuryMy+apmZG"), max_size=30))
def test_no_text_is_a_date_that_no_calendar_has(text):
    moment = dates.at(text)
    assert moment is None or 0 <= moment.start < moment.end <= len(text)


# A line above a body: publisher, authors, published, updated. An empty row: the line is no metadata.
NOTHING: tuple[None, tuple[str, ...], None, None] = (None, (), None, None)
HEADS = {
    "Published: 6 January 2022": (None, (), "2022-01-06", None),
    "Published January 6th, 2022 at 07:35 IST": (None, (), "2022-01-06 07:35 IST", None),
    "Updated January 6th, 2022 at 07:35 IST": (None, (), None, "2022-01-06 07:35 IST"),
    "Last updated on 6 Jan 2022": (None, (), None, "2022-01-06"),
    "First published on Thu 6 Jan 2022 10.35 GMT": (None, (), "2022-01-06 10:35 GMT", None),
    "Posted 2022-01-06, updated 2022-01-07": (None, (), "2022-01-06", "2022-01-07"),
    "Published: 2022": (None, (), "2022", None),
    "Published: January 2022": (None, (), "2022-01", None),
    "Published: 31 February 2022": NOTHING,
    "Published: 06/01/2022": NOTHING,
    "Опубликовано: 6 января 2022 г.": (None, (), "2022-01-06", None),
    "Jan. 6, 2022": (None, (), "2022-01-06", None),
    "Thursday, January 6, 2022": (None, (), "2022-01-06", None),
    "January 2022": (None, (), "2022-01", None),
    "2022": NOTHING,
    "January 6": NOTHING,
    "by Correspondent - January 7, 2022, 8:01 am": (None, (), "2022-01-07 08:01", None),
    "By ANI | Published: March 4, 2021 12:09 AM2021-03-04T00:09:21+5:302021-03-05T00:06:10+5:30": (
        *("ANI", (), "2021-03-04 00:09:21 +05:30", "2021-03-05 00:06:10 +05:30"),
    ),
    "By ANI | Published on: January 9, 2022 12:08 AM2022-01-09T00:08:20+5:30": (
        *("ANI", (), "2022-01-09 00:08:20 +05:30", None),
    ),
    "By AFP | Published: January 9, 2022 12:08 AM2022-01-10T00:05:08Z": ("AFP", (), "2022-01-09 00:08", None),
    "By Jane Doe": (None, ("Jane Doe",), None, None),
    "BY JANE DOE": (None, ("JANE DOE",), None, None),
    "**By Jane Doe** · *6 January 2022*": (None, ("Jane Doe",), "2022-01-06", None),
    "By JANE DOE and JOHN ROE, Staff writers": (None, ("JANE DOE", "JOHN ROE"), None, None),
    "By Jane Doe, John Roe and Ann van der Poe": (None, ("Jane Doe", "John Roe", "Ann van der Poe"), None, None),
    "By Jane Doe in Almaty": (None, ("Jane Doe",), None, None),
    "By Jane Doe, New York": (None, ("Jane Doe",), None, None),
    "By Jane Doe, BBC News, Almaty": ("BBC News", ("Jane Doe",), None, None),
    "By Jane Doe for The Guardian": ("The Guardian", ("Jane Doe",), None, None),
    "By Jane Doe, Associated Press Writer": ("Associated Press", ("Jane Doe",), None, None),
    "By Jane Doe | Published January 6, 2022 | Updated January 7, 2022": (
        *(None, ("Jane Doe",), "2022-01-06", "2022-01-07"),
    ),
    "Reported by: Jane Doe": (None, ("Jane Doe",), None, None),
    "Written by Jane Doe": (None, ("Jane Doe",), None, None),
    "Author: Aida": (None, ("Aida",), None, None),
    "Автор: Айгуль Сериккызы": (None, ("Айгуль Сериккызы",), None, None),
    "By ANI": ("ANI", (), None, None),
    "By The Associated Press": ("The Associated Press", (), None, None),
    "By Our Correspondent": NOTHING,
    "By Staff Reporter | 6 January 2022": (None, (), "2022-01-06", None),
    "Edited by Jane Doe": NOTHING,
    "(Reporting by Jane Doe in Almaty and John Roe; Editing by Ann Poe)": (None, ("Jane Doe", "John Roe"), None, None),
    "Jane Doe\n\nUSA TODAY": ("USA TODAY", ("Jane Doe",), None, None),
    "Jane Doe\nSpecial to the Register": ("Register", ("Jane Doe",), None, None),
    "Jane Doe, The Desert Times": ("The Desert Times", ("Jane Doe",), None, None),
    "CNN —": ("CNN", (), None, None),
    "Washington, DC CNN Business —": ("CNN Business", (), None, None),
    "Former Leader Slams CNN": NOTHING,
    "Contributors: Jane Doe": (None, ("Jane Doe",), None, None),
    "Xinhua | Updated: 2022-01-06 10:16": ("Xinhua", (), None, "2022-01-06 10:16"),
    "Published by Reuters on 6 January 2022": ("Reuters", (), "2022-01-06", None),
    "London | 6 January 2022": (None, (), "2022-01-06", None),
    "ALMATY, 6 January 2022": (None, (), "2022-01-06", None),
    "World • 5 min read • Jan 6, 2022": (None, (), "2022-01-06", None),
    "Source: Kazinform\nDate: 2022-01-06": ("Kazinform", (), "2022-01-06", None),
    "By the numbers": NOTHING,
    "By Sunday, Tokayev Had Fled": NOTHING,
    "By Monday, Jane Doe": NOTHING,
    "By Popular Demand": NOTHING,
    "Kazakhstan Protests January 2022": NOTHING,
    "Born: Nov. 29, 1996": NOTHING,
    "Through March 3, 2022": NOTHING,
    "Jane Doe (June 6, 1942 - June 3, 2016)": NOTHING,
    "Ann Poe (June 6, 1942)": NOTHING,
    "Dec. 25, 1931:": NOTHING,
    "Published and perished": NOTHING,
    "Updated 3 hours ago": NOTHING,
}


def metadata(found: Dateline) -> tuple[str | None, tuple[str, ...], str | None, str | None]:
    return found.publisher, found.authors, stated(found.published), stated(found.updated)


@pytest.mark.parametrize(("head", "expected"), HEADS.items())
def test_the_head_says_who_and_when_or_nothing(head, expected):
    assert metadata(read(head + BODY, "x")) == expected


# What stands above the body or before its first words, and when it says the article was published ("updated …": only
# when it was changed); None where that is unknown. Written as wires, broadcasters, papers and programs write it.
DATELINES: dict[str, str | None] = {
    # numbers: year first
    "2022-01-13": "2022-01-13",
    "2022/01/13": "2022-01-13",
    "2022.01.13": "2022-01-13",
    "2022-1-6 7:35": "2022-01-06 07:35",
    "2022-01-13T07:35": "2022-01-13 07:35",
    "2022-01-13T07:35:12Z": "2022-01-13 07:35:12 +00:00",
    "2022-01-13T07:35:12.345678+06:00": "2022-01-13 07:35:12 +06:00",
    "2022-01-13T07:35:12+0600": "2022-01-13 07:35:12 +06:00",
    "2022-01-13T07:35:12+06": "2022-01-13 07:35:12 +06:00",
    "2022-01-13T00:08:20+5:30": "2022-01-13 00:08:20 +05:30",
    "2022-01-13 07:35:12 UTC": "2022-01-13 07:35:12 UTC",
    "20220113T073512Z": "2022-01-13 07:35:12 +00:00",
    "20220113T0735+0600": "2022-01-13 07:35 +06:00",
    "Published: 20220113": "2022-01-13",
    "20220113": None,  # alone it may be any number
    "Published: 20221313": None,
    "２０２２年１月１３日": "2022-01-13",
    "2022年1月6日 07:35": "2022-01-06 07:35",
    "２０２２-０１-１３": "2022-01-13",
    "٢٠٢٢-٠١-١٣": None,
    "2022-W02-4": None,
    "2022-013": None,
    "2022-13-01": None,
    "2022-02-30": None,
    "0000-01-01": None,
    # numbers: day or month first
    "13.01.2022": "2022-01-13",
    "6.1.2022": "2022-01-06",
    "06.01.2022, 07:35": "2022-01-06 07:35",
    "06.01.2022 | 07:35": "2022-01-06 07:35",
    "06.01.2022, 07.35 Uhr": "2022-01-06 07:35",
    "07:35 06.01.2022": "2022-01-06 07:35",
    "13/01/2022": "2022-01-13",
    "1/13/2022": "2022-01-13",
    "13-01-2022 07:35 IST": "2022-01-13 07:35 IST",
    "01/13/2022 07:35 AM EST": "2022-01-13 07:35 EST",
    "06/06/2022": "2022-06-06",
    "06/01/2022": None,
    "06-01-2022": None,
    "Issued on: 06/01/2022 - 07:35": None,
    "Thursday 06/01/2022": "2022-01-06",  # the weekday tells that it is not 1 June
    "Wednesday, 06/01/2022 07:35": "2022-06-01 07:35",
    "Friday 06/01/2022": None,
    "13.13.2022": None,
    "31/31/2022": None,
    "13/01/22": None,
    "06.01.22": None,
    "13 January '22": None,
    "13 Jan 22": None,
    # months in English
    "January 13, 2022": "2022-01-13",
    "Jan. 13, 2022": "2022-01-13",
    "Jan 13 2022": "2022-01-13",
    "JANUARY 13, 2022": "2022-01-13",
    "Jan. 13 2022 @ 9:05 pm": "2022-01-13 21:05",
    "13th of January, 2022": "2022-01-13",
    "the 13th of January 2022": "2022-01-13",
    "13-Jan-2022": "2022-01-13",
    "13Jan2022": None,
    "Sept. 5, 2022": "2022-09-05",
    "Thursday, January 13, 2022": "2022-01-13",
    "Thurs., Jan. 13, 2022": "2022-01-13",
    "Thursday 13 January 2022 07:35": "2022-01-13 07:35",
    "Thursday, 13 January 2022 - 07:35": "2022-01-13 07:35",
    "13 January 2022 • 7:35am": "2022-01-13 07:35",
    "January 13, 2022, 7:35 AM • 5 min read": "2022-01-13 07:35",
    "January 13, 2022 at 7:35 a.m. EST": "2022-01-13 07:35 EST",
    "January 13, 2022 at 7:35 AM GMT+6": "2022-01-13 07:35 +06:00",
    "January 13, 2022 7:35 AM GMT+5:30": "2022-01-13 07:35 +05:30",
    "January 13, 2022 GMT": "2022-01-13",
    "January 13, 2022 0735 GMT": "2022-01-13 07:35 GMT",
    "January 13, 2022 07:35 AM Eastern Standard Time": "2022-01-13 07:35 Eastern Standard Time",
    "13 January 2022, 12:00 noon": "2022-01-13 12:00",
    "Jan 13, 2022 / 07:35 AM EST": "2022-01-13 07:35 EST",
    "Jan 13, 2022 - Politics": None,  # may head a day of a diary
    "7:35 AM EST, Thu January 13, 2022": "2022-01-13 07:35 EST",
    "0735 GMT (1535 HKT) January 13, 2022": "2022-01-13 07:35 GMT",
    "07:35, 06 January 2022 | GMT +6": "2022-01-06 07:35 +06:00",
    "14:05 January 13, 2022": "2022-01-13 14:05",
    "Thu 13 Jan 2022 10.35 GMT": "2022-01-13 10:35 GMT",
    "January 32, 2022": None,
    "29 February 2023": None,
    "29 February 2024": "2024-02-29",
    "January 13, 2022 25:61": "2022-01-13",
    # machines: mail, servers, logs
    "Thu, 13 Jan 2022 07:35:12 +0000": "2022-01-13 07:35:12 +00:00",
    "Thu, 13 Jan 2022 07:35:12 GMT": "2022-01-13 07:35:12 GMT",
    "Thursday, 13-Jan-22 07:35:12 GMT": "2022-01-13 07:35:12 GMT",
    "Friday, 13-Jan-22 07:35:12 GMT": None,  # it was a Thursday: which part is wrong?
    "Sunday, 06-Nov-94 08:49:37 GMT": "1994-11-06 08:49:37 GMT",
    "Thu Jan 13 07:35:12 2022": "2022-01-13 07:35:12",
    "Thu Jan  6 07:35:12 2022": "2022-01-06 07:35:12",
    "Thu Jan  6 07:35:12 UTC 2022": "2022-01-06 07:35:12 UTC",
    # labels
    "Published: January 13, 2022": "2022-01-13",
    "Published January 13th, 2022 at 07:35 IST": "2022-01-13 07:35 IST",
    "Published January 13, 2022 7:35am EST": "2022-01-13 07:35 EST",
    "Published Thu, Jan 13 2022 7:35 AM EST": "2022-01-13 07:35 EST",
    "Published On 13 Jan 2022": "2022-01-13",
    "Published13 January 2022": "2022-01-13",
    "Published: 7:35am, 13 Jan, 2022": "2022-01-13 07:35",
    "PUBLISHED: 07:35 GMT, 13 January 2022 | UPDATED: 08:01 GMT, 14 January 2022": "2022-01-13 07:35 GMT",
    "Published 7:35 a.m. ET Jan. 13, 2022 Updated 8:01 a.m. ET Jan. 14, 2022": "2022-01-13 07:35 ET",
    "Published Jan. 13, 2022Updated Jan. 14, 2022": "2022-01-13",
    "First published on Thu 13 Jan 2022 10.35 GMT": "2022-01-13 10:35 GMT",
    "First published: 13 January 2022": "2022-01-13",
    "Posted on January 13, 2022 by admin": "2022-01-13",
    "Posted at 7:35 PM, Jan 13, 2022": "2022-01-13 19:35",
    "Posted: Jan 13, 2022 / 07:35 AM EST": "2022-01-13 07:35 EST",
    "Originally published January 13, 2022": "2022-01-13",
    "Publication date: 13 January 2022": "2022-01-13",
    "Release Date: January 13, 2022": "2022-01-13",
    "Dated: 13.01.2022": "2022-01-13",
    "Date: Thu, 13 Jan 2022": "2022-01-13",
    "Created: 13-01-2022 07:35 IST": "2022-01-13 07:35 IST",
    "Filed January 13, 2022, 7:35 p.m. ET": "2022-01-13 19:35 ET",
    "Published: 2022": "2022",
    "Published in January 2022": "2022-01",
    "Last updated: 13 January 2022": "updated 2022-01-13",
    "Last Updated : 13 Jan 2022 07:35 AM IST": "updated 2022-01-13 07:35 IST",
    "Last modified on Fri 14 Jan 2022 05.01 GMT": "updated 2022-01-14 05:01 GMT",
    "UPDATED JAN 13, 2022, 07:35 PM SGT": "updated 2022-01-13 19:35 SGT",
    "Updated: January 13, 2022 7:35:12 am": "updated 2022-01-13 07:35:12",
    "13 Jan 2022 07:35AM (Updated: 14 Jan 2022 08:01AM)": "2022-01-13 07:35",
    "Published\n13 January 2022": "2022-01-13",
    "Last updated:\n\n13 January 2022": "updated 2022-01-13",
    "Published: yesterday": None,
    "Updated 8:01 PM": None,
    # wires, with the year
    "WASHINGTON, Jan. 13, 2022 /PRNewswire/ -- The cabinet left.": "2022-01-13",
    "ALMATY, January 13, 2022 (AFP) - The cabinet left.": "2022-01-13",
    "NUR-SULTAN, 13 January 2022 - The cabinet left.": "2022-01-13",
    "85/0/1648": None,
    "13/00/2022": None,
    "ALMATY, Jan 13, 2022 (Wire) -- The cabinet left.": "2022-01-13",
    "CSTO, 13 January 2022 was a day of meetings.": None,
    "Paris, 6 jan 2022 (AFP) - The cabinet left.": "2022-01-06",
    "NEW YORK, Jan. 13, 2022 (GLOBE NEWSWIRE) -- The cabinet left.": "2022-01-13",
    "MOSCOW. Jan 13, 2022 (Interfax) - The cabinet left.": "2022-01-13",
    "Xinhua | Updated: 2022-01-13 10:16": "updated 2022-01-13 10:16",
    "Source: Xinhua| 2022-01-13 07:35:12|Editor: huaxia": "2022-01-13 07:35:12",
    "(Xinhua) 07:35, January 13, 2022": "2022-01-13 07:35",
    "Anadolu Agency | 06.01.2022 - Update : 07.01.2022": "2022-01-06",
    "PTI / Updated: Jan 13, 2022, 07:35 IST": "updated 2022-01-13 07:35 IST",
    "PTI | New Delhi | Updated: 13-01-2022 07:35 IST | Created: 13-01-2022 07:35 IST": "2022-01-13 07:35 IST",
    "By ANI | Published on: January 9, 2022 12:08 AM2022-01-09T00:08:20+5:30": "2022-01-09 00:08:20 +05:30",
    "KYODO NEWS - Jan 13, 2022 - 07:35 | All, World": "2022-01-13 07:35",
    "January 13, 2022 07:35 ET | Source: Acme": "2022-01-13 07:35 ET",
    "date 2022-01-13 The cabinet left the city.": "2022-01-13",
    "January 13, 2022 - The cabinet left the city.": "2022-01-13",
    # wires, without it
    "ALMATY, Jan 13 (Reuters) - The cabinet left.": None,
    "NUR-SULTAN, Kazakhstan (AP) — The cabinet left.": None,
    "MOSCOW, January 13. /TASS/. The cabinet left.": None,
    "MOSCOW. Jan 13 (Interfax) - The cabinet left.": None,
    "BEIJING, Jan. 13 (Xinhua) -- The cabinet left.": None,
    "NUR-SULTAN. January 13. KAZINFORM - The cabinet left.": None,
    "New Delhi, Jan 13 (IANS) The cabinet left.": None,
    "New Delhi [India], January 13 (ANI): The cabinet left.": None,
    "Berlin (dpa) - The cabinet left.": None,
    "Madrid, 13 ene (EFE).- The cabinet left.": None,
    "ANKARA, Jan 13 (Anadolu) - The cabinet left.": None,
    "Mumbai, Jan 13 (PTI) The cabinet left.": None,
    # Russian and Kazakh
    "13 января 2022": "2022-01-13",
    "13 января 2022 г.": "2022-01-13",
    "13 января 2022 года, 07:35": "2022-01-13 07:35",
    "13 ЯНВАРЯ 2022": "2022-01-13",
    "13 янв. 2022, 07:35": "2022-01-13 07:35",
    "Четверг, 13 января 2022 07:35 МСК": "2022-01-13 07:35 МСК",
    "07:35, 13 января 2022": "2022-01-13 07:35",
    "Опубликовано: 13 января 2022 г. в 07:35": "2022-01-13 07:35",
    "Обновлено: 13.01.2022, 07:35": "updated 2022-01-13 07:35",
    "Дата публикации: 13.01.2022": "2022-01-13",
    "13 января": None,
    "31 февраля 2022": None,
    "2022 жылғы 13 қаңтар": "2022-01-13",
    "13 Қаңтар, 2022 07:35": "2022-01-13 07:35",
    "Бейсенбі, 13 қаңтар 2022": "2022-01-13",
    "Жарияланған: 13 қаңтар 2022": "2022-01-13",
    # German, French, Spanish
    "13. Januar 2022": "2022-01-13",
    "Donnerstag, 13. Januar 2022, 07:35 Uhr": "2022-01-13 07:35",
    "Veröffentlicht am 13.01.2022": "2022-01-13",
    "Aktualisiert am 13. Januar 2022 um 07:35 Uhr": "updated 2022-01-13 07:35",
    "Stand: 13.01.2022 07:35 Uhr": "updated 2022-01-13 07:35",
    "3. März 2022": "2022-03-03",
    "13. Dez. 2022": "2022-12-13",
    "13 janvier 2022": "2022-01-13",
    "1er février 2022": "2022-02-01",
    "jeudi 13 janvier 2022 à 7h35": "2022-01-13 07:35",
    "Publié le 13 janvier 2022 à 07h35, mis à jour le 14 janvier 2022 à 08h01": "2022-01-13 07:35",
    "Mis à jour le 13/01/2022": "updated 2022-01-13",
    "13 déc. 2022": "2022-12-13",
    "13 de enero de 2022": "2022-01-13",
    "jueves, 13 de enero de 2022": "2022-01-13",
    "13 ene 2022 - 07:35 CET": "2022-01-13 07:35 CET",
    "Publicado el 13 de enero de 2022": "2022-01-13",
    "Actualizado Jueves, 13 enero 2022 - 07:35": "updated 2022-01-13 07:35",
    # part of a date, a range, something else
    "January 2022": "2022-01",
    "Январь 2022": "2022-01",
    "2022": None,
    "January": None,
    "January 13": None,
    "13 January": None,
    "Thursday": None,
    "on Thursday": None,
    "Winter 2022": None,
    "Q1 2022": None,
    "January 6-8, 2022": None,
    "6–8 January 2022": None,
    "January 30 - February 2, 2022": None,
    "13 January 2022 - 15 January 2022": None,
    "2021-2022": None,
    "2021/22": None,
    "2 hours ago": None,
    "yesterday": None,
    "today, 07:35": None,
    "07:35 GMT": None,
    "5 min read": None,
    "© 2022": None,
    "Copyright 2022 The Herald": None,
    "© January 13, 2022 The Herald": None,
    "Born: January 13, 2022": None,
    "Died: 13 January 2022": None,
    "Through January 13, 2022": None,
    "Valid until 13 January 2022": None,
    "When: January 13, 2022": None,
    "Deadline: January 13, 2022": None,
    "Jane Doe (13 January 1942 - 6 June 2016)": None,
    "January 13, 2022:": None,
    "January 13, 2022 was a cold day.": None,
    "On January 13, 2022, the cabinet left.": None,
    "The cabinet left on January 13, 2022.": None,
    "Published in Nature on January 13, 2022, the study found nothing.": None,
    "Case 2022-01-13-A": None,
    "Call +1 2022 0113 2022": None,
    "1.13.2022.4": None,
    "192.168.20.22": None,
    "$2022.01.13": None,
}


@pytest.mark.parametrize(("line", "expected"), DATELINES.items())
def test_a_dateline_says_when_or_nothing(line, expected):
    found = read(line + BODY, "x")
    published, updated = stated(found.published), stated(found.updated)
    assert (published or (f"updated {updated}" if updated else None)) == expected


def test_the_table_of_datelines_is_as_long_as_promised():
    assert len(DATELINES) >= 140


@pytest.mark.parametrize("line", [line for line, expected in DATELINES.items() if expected])
def test_a_dateline_in_the_middle_of_the_body_says_nothing(line):
    rain = "It rained all day.\n\nMore rain came.\n\nEven more came."
    body = f"{rain}\n\nThe paper of that day said: {line}\n\nThe end came."
    found = read(body, "x")
    assert (found.published, found.updated) == (None, None)


# What stands before the body on its own line: the part that goes, publisher, published.
PREFIXES = {
    "date 2022-01-13 The troops left the city.": ("date 2022-01-13 ", None, "2022-01-13"),
    "Date: 6 January 2022 — The troops left.": ("Date: 6 January 2022 — ", None, "2022-01-06"),
    "Published: January 6, 2022 Troops left the city.": ("Published: January 6, 2022 ", None, "2022-01-06"),
    "January 6, 2022 - The troops left the city.": ("January 6, 2022 - ", None, "2022-01-06"),
    "ALMATY, Jan 6 (Reuters) - The troops left.": ("ALMATY, Jan 6 (Reuters) - ", "Reuters", None),
    "ALMATY (Reuters) - The troops left.": ("ALMATY (Reuters) - ", "Reuters", None),
    "NUR-SULTAN, Kazakhstan (AP) — The troops left.": ("NUR-SULTAN, Kazakhstan (AP) — ", "AP", None),
    "New Delhi [India], January 6 (ANI): The troops left.": ("New Delhi [India], January 6 (ANI): ", "ANI", None),
    "WASHINGTON, Jan. 6, 2022 /PRNewswire/ -- The troops left.": (
        *("WASHINGTON, Jan. 6, 2022 /PRNewswire/ -- ", "PRNewswire", "2022-01-06"),
    ),
    "MOSCOW, January 6. /TASS/. The troops left.": ("MOSCOW, January 6. /TASS/. ", "TASS", None),
    "(CNN) -- The troops left.": ("(CNN) -- ", "CNN", None),
    "Hong Kong CNN — The troops left.": ("Hong Kong CNN — ", "CNN", None),
    "January 6, 2022 was the day the troops left.": (None, None, None),
    "January 2, 2022 - Zhanaozen": (None, None, None),
    "Published January 6, 2022 in a journal, the study found nothing.": (None, None, None),
    "The Collective Security Treaty Organization (CSTO) - a bloc - sent troops.": (None, None, None),
    "The spokesman told the agency (Reuters) - and others - nothing.": (None, None, None),
    "In January 2022 (AP) reported that troops left.": (None, None, None),
    "ALMATY — The troops left.": (None, None, None),
    "Date palms grow in the south.": (None, None, None),
}


@pytest.mark.parametrize(("line", "expected"), PREFIXES.items())
def test_a_dateline_before_the_body_is_cut_off_and_nothing_else(line, expected):
    prefix, publisher, published = expected
    found = read(" " + line + BODY, "x")
    assert (found.publisher, stated(found.published)) == (publisher, published)
    assert found.ranges == (((1, 1 + len(prefix)),) if prefix else ())


# Below the body


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("Published January 6th, 2022 at 07:35 IST", (None, (), "2022-01-06 07:35 IST", None)),
        ("Last updated: 7 January 2022\n\nFirst published: 6 January 2022", (None, (), "2022-01-06", "2022-01-07")),
        ("By Jane Doe", (None, ("Jane Doe",), None, None)),
        ("Source: TASS", ("TASS", (), None, None)),
        ("6 January 2022", (None, (), "2022-01-06", None)),
        ("The end came at last. (ANI)", ("ANI", (), None, None)),
        ("The end came at last. (CSTO)", NOTHING),
    ],
)
def test_the_last_lines_say_who_and_when(tail, expected):
    assert metadata(read("Once upon a time there was a square." + BODY + "\n" + tail, "x")) == expected


BODIES = [
    "It rained all day in the valley of the river.\n\nOn January 2, 2022, protests broke out.\n\nThe end.",
    "It rained all day.\n\nMore rain came.\n\nEven more came.\n\nJanuary 2, 2022\n\nProtests broke out.\n\nThe end.",
    "It rained all day.\n\nJanuary 2, 2022\n\nProtests broke out.\n\nJanuary 3, 2022\n\nThey went on.\n\nThe end.",
    "January 2, 2022\n\nProtests broke out.\n\nJanuary 3, 2022\n\nThey went on.\n\nThe end came.",
    "It rained.\n\nMore rain came.\n\nMore.\n\nPublished: 2 January 2022\n\nIt dried.\n\nIt rained.\n\nThe end came.",
    "The report, published on 2 January 2022, says so.\n\nThe law was updated 3 January 2022.",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_date_in_the_body_is_never_when_an_article_was_published(body):
    found = read(body, "x")
    assert (found.published, found.updated, found.ranges) == (None, None, ())


def test_a_labelled_date_comes_before_a_bare_one_wherever_they_are():
    found = read("6 January 2022" + BODY + "\nPublished: 7 January 2022", "x")
    assert stated(found.published) == "2022-01-07"


def test_every_moment_knows_its_place_and_its_rule():
    text = "By ANI | Published: March 4, 2021 12:09 AM2021-03-04T00:09:21+5:302021-03-05T00:06:10+5:30" + BODY
    found = read(text, "x")
    for when, written in ((found.published, "2021-03-04T00:09:21+5:30"), (found.updated, "2021-03-05T00:06:10+5:30")):
        assert when is not None
        assert when.span is not None
        assert text[when.span.start : when.span.end] == written
        assert when.method == "metadata line"
    assert dict(found.methods) == {
        "publisher": "metadata line",
        "published": "metadata line",
        "updated": "metadata line",
    }


def test_a_title_and_an_address_may_have_labels():
    found = read("Title: A bridge at last\nURL: https://example.org/bridge" + BODY, "x")
    assert (found.title, found.url) == ("A bridge at last", "https://example.org/bridge")


@settings(deadline=None)
@given(st.text(st.sampled_from("By Jane Doe|:-\n.()2022-01Published "), max_size=80))
def test_whatever_the_lines_are_ranges_lie_inside_the_text(text):
    assert all(0 <= start < end <= len(text) for start, end in read(text, "x").ranges)


# Headlines

HEADLINES = {
    "RUSSIA-LED BLOC TO SEND TROOPS" + BODY: "RUSSIA-LED BLOC TO SEND TROOPS",
    "Bridge to be built over the river" + BODY: "Bridge to be built over the river",
    "Who will build the bridge?" + BODY: "Who will build the bridge?",
    "Best concert films to stream now on ..." + BODY: "Best concert films to stream now on ...",
    "Minister leaves for the U.S." + BODY: "Minister leaves for the U.S.",
    "# A bridge at last #" + BODY: "A bridge at last",
    "A bridge at last\n=======" + BODY: "A bridge at last",
    "World\n\nBridge to be built over the river" + BODY: "Bridge to be built over the river",
    "Көпір салынады деп хабарлады әкімдік" + BODY: "Көпір салынады деп хабарлады әкімдік",
    BODY: None,
    "The troops left the city on Monday." + BODY: None,
    "A bridge" + BODY[:2]: None,
    "Jane Doe" + BODY: None,
    "Jane Doe and John Roe" + BODY: None,
    "The Daily Times" + BODY: None,
    "Our Correspondent" + BODY: None,
    "Will it rain? Nobody knows for sure yet" + BODY: None,
    "The bridge at night (Getty Images)" + BODY: None,
    "- A list item without an end" + BODY: None,
    "It was a long day, and then," + BODY: None,
    "who wrote this in small letters" + BODY: None,
    "word " * 40 + BODY: None,
    "The bridge will be built soon\n\nIt will cost nine million in all\n\nWork begins in the spring" + BODY: None,
    "The gradual withdrawal of troops from the country of\nKazakhstan has started, local media said on Thursday and\n"
    "goes on for days.\n": None,
}


@pytest.mark.parametrize(("text", "expected"), HEADLINES.items())
def test_a_headline_is_told_from_a_body(text, expected):
    found = headline.find(text)
    assert (found[0] if found else None) == expected


def test_a_name_is_a_headline_if_a_byline_follows():
    text = "Golden Bridge" + "\n\nBy Jane Doe" + BODY
    assert headline.find(text) is None
    assert headline.find(text, skip=read(text, "x").ranges) == ("Golden Bridge", (0, 13))
