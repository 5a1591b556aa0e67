"""An explorer as HTML: controls that only the script shows, and a figure that is always there."""

import html
import json

from .drawing import svg
from .words import as_html, as_speech

# The script works on a copy of this: it puts in other points, words and rows.
STATIC = """<div class="explorer-static">
<p class="explorer-answer">{answer}</p>
{legend}{drawing}
<details class="explorer-data"><summary>The numbers of this figure</summary>
<div class="explorer-table" tabindex="0" role="region" aria-label="Numbers: {title}">
<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>
</div>"""

WHOLE = """<div class="explorer" data-explorer="{name}">
<div class="explorer-controls" role="group" aria-label="Controls: {title}" hidden="">
{controls}
</div>
{static}
<script type="application/json">{data}</script>
</div>"""


def element(explorer, data):
    """Return the whole explorer; `data` is the JSON text that the page carries."""
    view = explorer.view(json.loads(data), explorer.start)
    title = html.escape(explorer.figure.title)
    static = STATIC.format(
        answer=as_html(view.answer),
        legend=legend(explorer.figure.marks),
        drawing=svg(explorer.figure, f"explorer-{explorer.name}", view),
        title=title,
        head="".join(f'<th scope="col">{as_html(text)}</th>' for text in explorer.head),
        rows="".join(map(row, view.rows)),
    )
    draw = {"range": slider, "radio": choice}
    controls = "\n".join(draw[c.kind](f"{explorer.name}-{c.name}", c) for c in explorer.controls)
    return WHOLE.format(
        name=explorer.name, title=title, controls=controls, static=static, data=data
    )


def legend(marks):
    """Return the key to the lines and their dots, or nothing where no line has a label."""

    def key(line):
        dots = [m for m in marks if m.kind == "dots" and m.name.startswith(f"{line.name}-")]
        return f'<path class="line {line.style}" d="M1,5H29"/>' + "".join(
            f'<path class="dots {mark.style} small" d="M15,5h0"/>' for mark in dots
        )

    items = "".join(
        f'<li><svg viewBox="0 0 30 10" aria-hidden="true">{key(mark)}</svg>'
        f"<span>{as_html(mark.label)}</span></li>"
        for mark in marks
        if mark.label
    )
    return f'<ul class="explorer-legend">{items}</ul>\n' if items else ""


def row(cells):
    """Return a row of the table, headed by its first cell."""
    first, *rest = map(as_html, cells)
    body = "".join(f"<td>{text}</td>" for text in rest)
    return f'<tr><th scope="row">{first}</th>{body}</tr>'


def slider(name, control):
    """Return a slider through the places of a control, with its value in words beside it."""
    words, now = html.escape(json.dumps(control.words)), control.words[control.start]
    return (
        f'<div class="explorer-slider"><label for="{name}">{as_html(control.label)}</label>'
        f'<output for="{name}">{as_html(now)}</output>'
        f'<input type="range" id="{name}" data-control="{control.name}" min="0" '
        f'max="{len(control.words) - 1}" step="1" value="{control.start}" autocomplete="off" '
        f'aria-valuetext="{html.escape(as_speech(now))}" data-words="{words}"/></div>'
    )


def choice(name, control):
    """Return radio buttons for the places of a control."""
    checked = {control.start: ' checked=""'}
    options = "".join(
        f'<label><input type="radio" name="{name}" data-control="{control.name}" '
        f'value="{place}" autocomplete="off"{checked.get(place, "")}/> {as_html(word)}</label>'
        for place, word in enumerate(control.words)
    )
    return f"<fieldset><legend>{as_html(control.label)}</legend>{options}</fieldset>"
