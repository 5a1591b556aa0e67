"""A small picture of what a claim's proof stands on, and of what stands on it."""

from html import escape

WIDTH, HEIGHT, GAP = 84, 26, 8  # of a box, and between two
MIDDLE, RIGHT = 128, 256  # where the columns begin


def draw(claim, users, link, title):
    """Return inline SVG, or "" for a claim that stands alone.

    Parameters
    ----------
    claim : dict
        A claim of the registry's JSON.
    users : list of str
        Ids of the claims whose proofs stand on it.
    link, title : callable
        The address and the title of the claim with an id.
    """
    columns = [(0, claim["uses"]), (MIDDLE, [claim["id"]]), (RIGHT, users)]
    if not claim["uses"] and not users:
        return ""
    height = max(len(ids) for _, ids in columns) * (HEIGHT + GAP) + 2
    places = {
        name: (x + 1, height / 2 + (i - len(ids) / 2) * (HEIGHT + GAP) + GAP / 2)
        for x, ids in columns
        for i, name in enumerate(ids)
    }
    lines = [_arrow(places, name, claim["id"]) for name in claim["uses"]]
    lines += [_arrow(places, claim["id"], name) for name in users]
    boxes = [_box(places[name], name, claim["id"], link, title) for name in places]
    ident = claim["id"].lower()
    return (
        f'<svg class="claim-graph" role="group" aria-labelledby="graph-{ident}" '
        f'viewBox="0 0 {RIGHT + WIDTH + 2} {height:g}" width="{RIGHT + WIDTH + 2}">'
        f'<title id="graph-{ident}">Arrows from the claims on which the proof of {claim["id"]} '
        f"stands, and to those whose proofs stand on it; the text below names them</title>"
        + "".join(lines + boxes)
        + "</svg>"
    )


def _arrow(places, start, end):
    (x, y), (u, v) = places[start], places[end]
    x, y, u, v = x + WIDTH, y + HEIGHT / 2, u - 1, v + HEIGHT / 2
    bend = (x + u) / 2
    return (
        f'<path class="edge" data-from="{start}" data-to="{end}" '
        f'd="M{x:g} {y:g}C{bend:g} {y:g} {bend:g} {v:g} {u - 5:g} {v:g}"/>'
        f'<path class="head" d="M{u:g} {v:g}l-7 -3.5v7z"/>'
    )


def _box(place, name, this, link, title):
    x, y = place
    inside = (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="4"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2:g}">{name}</text>'
    )
    if name == this:
        return f'<g class="this">{inside}</g>'
    named = f"<title>{escape(f'{name}: {title(name)}')}</title>"
    return f'<a href="{escape(link(name))}">{named}{inside}</a>'
