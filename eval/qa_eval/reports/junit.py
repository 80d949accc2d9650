"""Write a run as JUnit XML, which servers for continuous integration show as tests."""

from __future__ import annotations

from dataclasses import asdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from qa_eval.figures import ROWS
from qa_eval.folder import Run
from qa_eval.promises import breaches
from qa_eval.reports.tables import clipped, passed, plain, verdict
from qa_eval.types import Outcome
from qa_eval.verdicts import said


def junit(run: Run) -> str:
    """Return one suite with a test a case: an error if the case raised, a failure if it did not go right."""
    suites = Element("testsuites")
    suite = _add(
        suites,
        "testsuite",
        name=run.header.suite,
        tests=len(run.outcomes),
        failures=sum(_failed(each) for each in run.outcomes),
        errors=sum(bool(each.error) for each in run.outcomes),
        skipped=0,
        time=_seconds(sum(each.milliseconds for each in run.outcomes)),
        timestamp=run.header.started,
    )
    properties = _add(suite, "properties")
    values = asdict(run.figures)
    known = {row.name: values[row.name] for row in ROWS if values[row.name] is not None}
    for name, value in {"suite_digest": run.header.suite_digest, **known}.items():
        _add(properties, "property", name=name, value=value)
    for each in run.outcomes:
        _case(suite, each, run.header.suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _case(suite: Element, outcome: Outcome, name: str) -> None:
    case = outcome.case
    test = _add(
        suite,
        "testcase",
        classname=case.tags[0] if case.tags else name,
        name=case.id,
        time=_seconds(outcome.milliseconds),
    )
    wanted = " | ".join(case.answers) or ("(abstain)" if not case.answerable else "")
    told = f"question: {case.question}\nexpected: {wanted}\nanswered: {clipped(said(outcome))}"
    if outcome.error:
        _add(test, "error", message=clipped(outcome.error)).text = plain(told)
    elif _failed(outcome):
        _add(test, "failure", message=", ".join([verdict(outcome), *breaches(outcome)])).text = plain(told)


def _failed(outcome: Outcome) -> bool:
    """Whether it is shown as a failure; a case that raised is an error instead."""
    return not outcome.error and (not passed(outcome) or bool(breaches(outcome)))


def _add(parent: Element, kind: str, **attributes: object) -> Element:
    return SubElement(parent, kind, {name: plain(str(value)) for name, value in attributes.items()})


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
