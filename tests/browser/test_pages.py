"""Every page opens from the disk without a network."""


def test_the_landing_page_opens(visit):
    page = visit("index.html", java_script_enabled=False)  # it leads on by itself
    page.wait_for_url("**/book/index.html")
    assert page.inner_text("h1").startswith("Adam against Gauss-Newton")
