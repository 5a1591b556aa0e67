"""Of every page: it loads little, sets its formulas, is whole on a phone, and axe finds nothing.

The tests share one copy of each page, in this order: the last leaves out parts of it.
"""

import re

PHONE, SMALL, DESK = ({"width": width, "height": 900} for width in (390, 320, 1280))
LIMIT = 1_500_000
THEME = """(theme) => { document.documentElement.dataset.theme = theme; }"""
# Of what a page has by the hundred and made alike (functions, rows, entries) axe sees the first.
FIRST = """() => {
for (const kind of ["dl.py", ".bd-article tr", ".indextable li", ".viewcode-block"]) {
  [...document.querySelectorAll(kind)].slice(25).forEach((one) => one.remove());
} }"""
# What axe is told to leave out it walks through all the same, for most of its time: formulas are
# emptied, but for what they say and the room that they take.
EMPTIED = """() => {
  for (const head of document.querySelectorAll("th:has(math)")) head.classList.add("of-formula");
  const formulas = [...document.querySelectorAll("mjx-container")];
  const rooms = formulas.map((one) => one.getBoundingClientRect());
  formulas.forEach((one, i) => {
    one.textContent = one.querySelector("math").textContent;
    Object.assign(one.style, { display: "inline-block", overflow: "hidden", maxWidth: "100%",
      width: `${rooms[i].width}px`, height: `${rooms[i].height}px` });
  });
}"""
OPENED = """() => document.querySelectorAll("details").forEach((fold) => { fold.open = true; })"""
# What sticks out or is cut off.
CUT = """() => {
  const up = (node, test) => {
    let each = node;
    while (each && each.tagName !== "MAIN") {
      if (test(each, getComputedStyle(each).overflowX)) return each;
      each = each.parentElement;
    }
    return null;
  };
  const width = document.documentElement.clientWidth;
  const bad = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > width) bad.push(`the page is ${wide} wide`);
  const parts = "mjx-container, table, pre, img, svg, p, li, h1, h2, h3, dt, figcaption";
  for (const node of document.querySelectorAll(`.bd-article-container :is(${parts})`)) {
    const { left, right, width: own } = node.getBoundingClientRect();
    if (!own || up(node, (e, how) => /auto|scroll/.test(how) && e.tabIndex === 0)) continue;
    const name = `${node.tagName} ${node.textContent.slice(0, 60)}`;
    if (right > width + 0.5 || left < -0.5) bad.push(`sticks out: ${name}`);
    const cut = up(node, (e, how) => /hidden|clip/.test(how)
      && right > e.getBoundingClientRect().right + 1);
    if (cut) bad.push(`cut by ${cut.tagName}.${cut.className}: ${name}`);
  }
  for (const box of document.querySelectorAll("[data-more]")) {
    if (box.scrollWidth > box.clientWidth + 1 && !box.getAttribute("aria-label")) {
      bad.push(`no name: ${box.outerHTML.slice(0, 80)}`);
    }
  }
  return bad;
}"""
SHUT = """(folds) => folds.forEach((fold) => { fold.open = false; })"""


def test_a_page_loads_at_most_its_share(opened):
    assert opened.failed == []
    largest = sorted(opened.files.items(), key=lambda item: -item[1])[:5]
    assert 0 < sum(opened.files.values()) <= LIMIT, largest


def test_no_tex_is_shown(opened):
    shown = opened.page.evaluate("""() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const raw = [];
      while (walker.nextNode()) {
        const { data, parentElement: at } = walker.currentNode;
        if (/\\\\\\(|\\\\\\[|\\\\mathrm/.test(data)
          && !at.closest("script, style, pre, code, mjx-container")) raw.push(data.slice(0, 80));
      }
      return raw;
    }""")
    assert shown == []
    assert not re.search(r"[\\$]", opened.page.title())


def test_nothing_is_cut_on_a_phone(opened, settle):
    page = opened.page
    folds = page.evaluate_handle("() => [...document.querySelectorAll('details:not([open])')]")
    page.evaluate(OPENED)
    settle(page)
    assert page.evaluate(CUT) == []
    page.set_viewport_size(SMALL)
    settle(page)
    assert page.evaluate(CUT) == []
    page.evaluate(SHUT, folds)


def test_axe_finds_nothing_on_a_desk_and_a_phone_in_light_and_dark(opened, axe, settle):
    page = opened.page
    page.add_style_tag(content="*, * * { transition: none !important; }")
    page.set_viewport_size(DESK)
    page.evaluate(FIRST)
    settle(page)
    # Formulas are made alike as well: one chapter is tried with their insides. And axe takes a
    # heading of a column for empty that is a formula.
    if opened.name == "notebooks/02_full_batch_eigenbasis.html":
        formulas = ("th:has(math)",)
    else:
        formulas = ("mjx-container", ".of-formula")
        page.evaluate(EMPTIED)
    colours = {"runOnly": ["color-contrast", "link-in-text-block"]}
    page.evaluate(THEME, "light")
    assert axe(page, formulas) == []
    page.evaluate(THEME, "dark")
    assert axe(page, formulas, **colours) == []
    page.set_viewport_size(PHONE)
    settle(page)
    assert axe(page, formulas) == []
    page.evaluate(THEME, "light")
    assert axe(page, formulas, **colours) == []


def test_no_script_complained(opened):
    assert opened.wrong == []
