"""For everyone: by keyboard, without scripts, with colours that captions name."""

import pytest

PHONE, DESK = ({"width": width, "height": 900} for width in (390, 1280))


def test_a_wide_formula_is_reached_by_keyboard_and_only_where_it_is_wide(visit):
    page = visit("notebooks/14_which_basis.html", viewport=PHONE)
    boxes = page.locator("div.math mjx-container[tabindex='0']:not(details *)")
    assert boxes.count() >= 1
    box = boxes.first
    assert box.get_attribute("role") == "group"
    assert "formula" in box.get_attribute("aria-label")
    assert box.get_attribute("data-more") == "right"
    box.focus()
    page.keyboard.down("ArrowRight")
    page.wait_for_function("(box) => box.scrollLeft > 0", arg=box.element_handle())
    page.keyboard.up("ArrowRight")
    before = boxes.count()
    page.set_viewport_size(DESK)
    page.wait_for_function(
        """(before) => {
          const seen = "div.math mjx-container[tabindex='0']:not(details *)";
          const boxes = [...document.querySelectorAll(seen)];
          return boxes.length < before && boxes.every((e) => e.scrollWidth > e.clientWidth + 1);
        }""",
        arg=before,
    )


def test_formulas_are_spoken_and_no_stops_of_the_tab_key(visit):
    page = visit("notebooks/02_full_batch_eigenbasis.html")
    formulas = page.locator("mjx-container").count()
    assert formulas > 200
    assert page.locator("mjx-container > mjx-assistive-mml > math").count() == formulas
    assert page.locator("mjx-container[tabindex]:not([data-more])").count() == 0
    assert page.locator("p mjx-container[tabindex]").count() == 0


def test_the_skip_link_is_first_and_leads_to_the_text(visit):
    page = visit("book/reading.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.wait_for_function("() => document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_what_has_the_focus_is_seen(visit):
    page = visit("notebooks/02_full_batch_eigenbasis.html")
    unseen = page.evaluate("""() => {
      const plain = (e) => { const s = getComputedStyle(e);
        return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor,
          s.textDecorationLine].join(); };
      return [...document.querySelectorAll("main :is(a[href], button, summary)")]
        .filter((e) => e.checkVisibility()).slice(0, 80)
        .filter((e) => { e.blur(); const before = plain(e); e.focus({ focusVisible: true });
          return plain(e) === before; })
        .map((e) => e.outerHTML.slice(0, 80));
    }""")
    assert unseen == []


def test_folds_open_and_close_by_keyboard_and_say_what_they_hide(visit):
    page = visit("notebooks/02_full_batch_eigenbasis.html")
    folds = page.locator("details.hide > summary")
    names = [text.strip() for text in folds.all_inner_texts()]
    assert names == ["Show the code of Fig. 2.1", "Show the code of Fig. 2.2"]
    assert page.locator("summary[aria-label]").count() == 0
    for summary in (folds.first, page.locator("details.sd-dropdown > summary").first):
        summary.focus()
        for opened in (True, False):
            page.keyboard.press("Enter")
            assert summary.evaluate("(one) => one.parentElement.open") is opened


def test_the_side_bar_opens_and_closes_by_keyboard_on_a_phone(visit):
    page = visit("book/reading.html", viewport=PHONE)
    button = page.get_by_role("button", name="Toggle primary sidebar")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Notation").first.wait_for(state="visible")
    assert page.evaluate("document.querySelector('#pst-primary-sidebar-modal').open")
    page.keyboard.press("Escape")
    # The focus is given back when the browser says that the bar is closed: after it is.
    page.wait_for_function("() => document.activeElement.classList.contains('primary-toggle')")
    assert not page.evaluate("document.querySelector('#pst-primary-sidebar-modal').open")


def test_a_page_is_read_without_scripts(visit):
    page = visit("notebooks/02_full_batch_eigenbasis.html", java_script_enabled=False)
    assert page.locator("h1").inner_text().startswith("2. Full batch")
    assert page.locator("article p:not(details *)").first.is_visible()
    page.locator("details.sd-dropdown > summary").first.click()
    assert page.locator("details.sd-dropdown p").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_keep_the_colours_that_captions_name(visit, scheme):
    page = visit("notebooks/15_which_power.html", color_scheme=scheme)
    filters = page.eval_on_selector_all(
        "figure img", "(all) => all.map((e) => getComputedStyle(e).filter)"
    )
    assert filters
    assert not any("invert" in each or "hue" in each for each in filters)
