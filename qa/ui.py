"""The chat page. The only module that knows Gradio; what is beside the chat is in qa/web/assets."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qa.web.relaying import Relay
from qa.web.talk.asking import Scene, ask, restore
from qa.web.talk.inforce import host_html, settings_html

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

    from qa.web.engine import Engine

_TOGETHER = 8  # questions answered at once; the others wait their turn
_LOOK_SECONDS = 1.0  # for how long a language model may go on writing for a page that was closed
_WAITING = 200  # questions that may wait
# Gradio keeps a copy of the page's layout for each visit, of the last 10,000: 40 MB in five busy minutes. The browser
# keeps the conversation, so nothing is lost with a visit that is forgotten.
_SESSIONS = 200
_HEAD = """
<link rel="stylesheet" href="assets/citewell.css">
<link rel="icon" href="assets/citewell.svg" type="image/svg+xml">
<script type="module" src="assets/citewell.js"></script>
"""
_MASTHEAD = """
<header class="masthead"><h1>Citewell</h1><p id="extent"></p>
<div class="tools"><details id="earlier"><summary>Earlier</summary><ul></ul></details>
<button type="button" id="new-chat">New chat</button>
<button type="button" id="shade" title="Light or dark">Dark</button></div></header>
<p id="connection" role="status" hidden></p><p id="said" role="status"></p><p id="heard" role="status"></p>
"""
_ABOVE_COMPOSER = """
<div id="welcome" hidden><p>There are no articles here yet.</p>
<p>Add some of yours, or begin with five sample articles on the unrest in Kazakhstan in January 2022.</p>
<button type="button" id="to-library">Add articles</button>
<button type="button" id="add-seeds">Add the samples</button></div>
<div id="examples" hidden><p>For example</p><div></div></div>
<div id="narrowing"><div id="chips"></div><details id="filters"><summary>Narrow the search</summary>
<div class="fields"><label>From <input type="date" id="filter-after"></label>
<label>Until <input type="date" id="filter-until"></label>
<label id="outlets">Outlet <select id="filter-outlets"><option value="">any</option></select></label></div>
</details></div>
"""


def mount_page(app: FastAPI, engine: Engine) -> None:
    """Put the page at the root of an application whose own routes are there already."""
    for name, value in (("GRADIO_ANALYTICS_ENABLED", "False"), ("HF_HUB_OFFLINE", "1"), ("DO_NOT_TRACK", "1")):
        os.environ[name] = value  # Gradio reads them when it is imported, and once more for every page
    with _without_stubs():
        import gradio as gr

    page = _page(gr, engine)
    page.queue(max_size=_WAITING, default_concurrency_limit=None)
    page.state_session_capacity = _SESSIONS
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        show_error=False,
        head=_HEAD,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        max_file_size=1,
        pwa=False,
        ssr_mode=False,
        enable_monitoring=False,
        run_history=False,
        mcp_server=False,
    )


def _page(gr: Any, engine: Engine) -> gr.Blocks:  # noqa: ANN401 - the module
    def ours(source: str, elem_id: str) -> None:
        gr.HTML(source, elem_id=elem_id, apply_default_css=False)

    with gr.Blocks(title="Citewell", analytics_enabled=False, fill_width=True) as page:
        ours(_MASTHEAD + (host_html(engine) if engine.written_at else ""), "masthead")
        with gr.Row(elem_id="page"):
            with gr.Column(elem_id="main"), gr.Tabs(elem_id="tabs"):
                with gr.Tab("Ask", id="ask"):
                    _conversation(gr, engine)
                with gr.Tab("Library", id="library", render_children=True):
                    ours('<section id="shelf" aria-label="Library"></section>', "shelf-room")
                with gr.Tab("Settings", id="settings", render_children=True):
                    ours(settings_html(engine), "in-force")
            ours('<aside id="reader" aria-label="Article" hidden></aside>', "reader-room")
    return page


def _conversation(gr: Any, engine: Engine) -> None:  # noqa: ANN401
    """Lay out the chat, and say what happens when something is asked, stopped, or brought back by the browser."""
    log = gr.Chatbot(
        elem_id="conversation",
        label="Conversation",
        show_label=False,
        layout="panel",
        height=None,
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        group_consecutive_messages=False,
    )
    gr.HTML(_ABOVE_COMPOSER, elem_id="above-composer", apply_default_css=False)
    composer = gr.Textbox(
        elem_id="composer",
        label="Your question",
        show_label=False,
        placeholder="Ask the articles …",
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn=True,
        stop_btn=False,
    )
    kept = gr.Textbox(visible="hidden", elem_id="kept", label="Conversation")
    tab = gr.Textbox(visible="hidden", elem_id="tab", label="Tab")
    back = gr.Button(visible="hidden", elem_id="bring-back")
    talk = _Talk(gr, engine)
    private = {"api_visibility": "private", "show_progress": "hidden"}
    composer.submit(
        talk.answer,
        [composer, kept, tab],
        [log, composer, kept],
        js="(question) => [question, window.citewell.sent(question), window.citewell.tab]",
        concurrency_limit=_TOGETHER,
        **private,
    )
    composer.stop(talk.stop, [tab], None, js="() => [window.citewell.tab]", **private)
    kept.change(None, [kept], None, js="(conversation) => window.citewell.keep(conversation)", **private)
    sent = "() => [window.citewell.sent()]"  # what is asked for last is what is shown, however often that changes
    back.click(talk.bring_back, [kept], [log], js=sent, trigger_mode="always_last", **private)


class _Talk:
    """What happens when something is asked, stopped or brought back; it remembers only whose answers are being made."""

    def __init__(self, gr: Any, engine: Engine) -> None:  # noqa: ANN401
        self._gr, self._engine, self._relay = gr, engine, Relay(_TOGETHER, idle_seconds=_LOOK_SECONDS)
        self._stops: dict[str, threading.Event] = {}

    async def answer(self, question: str, sent: str, tab: str) -> AsyncIterator[tuple[Any, ...]]:
        """Yield (messages, the box of the question, the conversation to keep) as they become known."""

        def work(send: Callable[[Scene], None], stop: threading.Event) -> None:
            self._stops[tab] = stop
            for scene in ask(self._engine, question, sent, stop):
                send(scene)

        first = True
        try:
            async for scene in self._relay.parts(work):
                if scene is None:  # Gradio looks whether the page is still open only when something comes
                    yield self._gr.skip(), self._gr.skip(), self._gr.skip()
                    continue
                yield _messages(scene), self._box(scene, first=first), scene.kept or self._gr.skip()
                first = False
        finally:
            self._stops.pop(tab, None)

    def _box(self, scene: Scene, *, first: bool) -> Any:  # noqa: ANN401
        """Return what changes of the box: it is emptied once, and what is typed into it meanwhile stays."""
        buttons = {"submit_btn": scene.ended, "stop_btn": not scene.ended}
        if first or scene.unanswered:
            return self._gr.Textbox(value=scene.unanswered, **buttons)
        return self._gr.Textbox(**buttons)

    def stop(self, tab: str) -> None:
        """End the answer that a tab waits for; what is ready then is the answer."""
        if asked := self._stops.get(tab):
            asked.set()

    def bring_back(self, sent: str) -> list[dict[str, str]]:
        """Return the messages of a conversation that the browser kept."""
        return _messages(restore(self._engine, sent))


def _messages(scene: Scene) -> list[dict[str, str]]:
    return [
        {"role": role, "content": shown}
        for exchange in scene.exchanges
        for role, shown in zip(("user", "assistant"), exchange, strict=True)
        if shown
    ]


@contextmanager
def _without_stubs() -> Iterator[None]:
    """Keep Gradio from writing stubs for editors beside its own files: at every import, a third of its 2.8 s.

    It leaves that alone for a class without a file, which is what it is told here. Nothing else is.
    """
    usual = inspect.getfile

    def getfile(thing: Any) -> str:  # noqa: ANN401
        if sys._getframe(1).f_globals.get("__name__") == "gradio.component_meta":
            raise OSError("no stubs are wanted")
        return usual(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = usual
