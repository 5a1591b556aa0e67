"""The search works from the disk, in either spelling, for theorems, terms and claims."""

import pytest


def found(keep, query):
    """Return the titles of what the search finds, in its order, and its page."""
    page = keep("search.html")
    field = page.locator(".bd-search-container input")
    field.fill(query)
    return page.locator("#search-results > li > a").all_inner_texts(), page


@pytest.mark.parametrize(
    ("query", "among", "title"),
    [
        ("SXQ-8", 3, "SXQ-8"),
        ("sxq-8", 3, "SXQ-8"),
        ("SXQ 8", 3, "SXQ-8"),
        ("b5", 3, "B-5"),
        ("noise floor", 1, "noise floor"),
        ("bibtex", 3, "How to cite"),
        ("which optimizer", 3, "Decision guide"),
        ("which optimiser", 3, "Decision guide"),
        ("long-memory Adam", 5, "long-memory Adam"),
        ("halving", 5, "halving"),
        ("best_power", 3, "best_power"),
        ("GN^-1/2", 12, "GN^-1/2"),
    ],
)
def test_what_readers_look_for_is_found(keep, query, among, title):
    titles, _ = found(keep, query)
    assert any(title in each for each in titles[:among]), titles[:among]


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("optimiser", "optimizer"),
        ("minimise", "minimize"),
        ("normalised", "normalized"),
        ("colour", "color"),
        ("preconditioner", "preconditioners"),
    ],
)
def test_both_spellings_find_the_same(keep, british, american):
    one, _ = found(keep, british)
    other, _ = found(keep, american)
    assert one
    assert one == other


def test_results_have_summaries_with_the_words_marked_and_no_tex(keep):
    titles, page = found(keep, "stationary state")
    assert len(titles) > 5
    marks = page.locator("#search-results mark").all_inner_texts()
    assert any(mark.lower().startswith("stationar") for mark in marks)
    assert "\\" not in page.locator("#search-results").inner_text()
    assert page.locator("#search-status").inner_text().endswith(":")


def test_every_result_leads_to_its_place(keep, site):
    _, page = found(keep, "floor")
    for address in page.locator("#search-results > li > a").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('href'))"
    ):
        path, _, anchor = address.partition("#")
        assert f'id="{anchor}"' in (site / path).read_text(encoding="utf-8") or not anchor


@pytest.mark.parametrize("query", ["1", " B "])
def test_a_letter_or_a_digit_alone_gets_a_hint(keep, query):
    titles, page = found(keep, query)
    assert titles == []
    assert "too little to look for" in page.locator("#search-status").inner_text()
    assert found(keep, "κ")[0]  # a name of its own


def test_a_digit_beside_a_word_is_not_looked_for_in_the_names_of_claims(keep):
    titles, page = found(keep, "horizon 1")
    assert titles
    marks = page.locator("#search-results mark").all_inner_texts()
    assert "1" in marks
    assert not any("-" in mark for mark in marks if mark.endswith("-1")), marks


def test_the_count_of_results_stands_clear_of_the_field_and_of_the_results(keep):
    _, page = found(keep, "floor")
    field, status, results = (
        page.locator(selector).bounding_box()
        for selector in (".bd-search-container form", "#search-status", "#search-results")
    )
    assert status["y"] - field["y"] - field["height"] >= 8
    assert results["y"] - status["y"] - status["height"] >= 8


def test_nothing_found_is_said_and_a_question_in_the_address_is_answered(visit):
    titles, page = found(visit, "zzyzx")
    assert titles == []
    assert "Nothing found" in page.locator("#search-status").inner_text()
    page.goto(page.url.split("?")[0] + "?q=kurtosis")
    assert page.locator("#search-results > li").count() > 3
    assert page.locator(".bd-search-container input").input_value() == "kurtosis"


def test_the_button_of_every_page_leads_to_the_search(visit):
    page = visit("book/reading.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("minimax")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=minimax*")
    assert page.locator("#search-results > li").count() > 3
