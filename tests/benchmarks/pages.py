"""The built book in a real browser: when its text is seen, when its formulas are set, how smoothly.

Pages are opened from the disk, each in a fresh context, without a network. The limits are promises
of the book; a row says whether its medians keep them. Without a built book or a Chromium the table
says so and is empty.
"""

import importlib.util
import os
import pathlib
import statistics

from timing import head, row, seconds

ROOT = pathlib.Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
PAGES = {
    "landing page": "book/index.html",
    "longest chapter": "notebooks/14_which_basis.html",
    "API": "book/api.html",
}
REPETITIONS = 5
# First text, all formulas and longest task in seconds, and layout shift.
LIMITS = {"text": 1.0, "formulas": 2.5, "task": 0.5, "shift": 0.05}
WATCH = """
window.seen = { task: 0, shift: 0, formulas: 0 };
const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
  .observe({ type, buffered: true });
watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration / 1000); });
watch("layout-shift", (entry) => { seen.shift += entry.value; });
document.addEventListener("formulas-set", () => { seen.formulas = performance.now() / 1000; });
"""
READ = """async () => {
  const rests = () => new Promise((resolve) => setTimeout(resolve, 500));
  await window.MathJax?.startup?.promise;
  await rests();
  const text = performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000;
  return { text, ...seen };
}"""


def browser_path():
    """Return the path of a Chromium, or None."""
    spec = importlib.util.spec_from_file_location("pdf", ROOT / "book" / "pdf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.chromium()


def opened(browser, page):
    """Open a page once and return what was measured."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH)
    tab = context.new_page()
    tab.goto((SITE / page).as_uri())
    found = tab.evaluate(READ)
    context.close()
    return found


def table(quick, repetitions):
    """Print the table and return its rows."""
    from playwright.sync_api import sync_playwright

    print("**Pages.** A fresh browser context each, from the disk; medians of five.\n")
    path = browser_path()
    if path is None or not (SITE / PAGES["landing page"]).exists():
        print("Not measured: there is no built book, or no Chromium.")
        return []
    rows = []
    if hasattr(os, "sched_setaffinity"):  # a browser is many processes: it has all the cores
        os.sched_setaffinity(0, range(os.cpu_count()))
    with sync_playwright() as started:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = started.chromium.launch(executable_path=path, args=options)
        head("page", "first text", "all formulas", "longest task", "layout shift", "within limits")
        for name, page in PAGES.items():
            runs = [opened(browser, page) for _ in range(1 if quick else REPETITIONS)]
            median = {key: statistics.median(run[key] for run in runs) for key in LIMITS}
            kept = all(median[key] <= limit for key, limit in LIMITS.items())
            times = (seconds(median[key]) if median[key] else "none" for key in list(LIMITS)[:3])
            row(f"(q) {name}", *times, f"{median['shift']:.3f}", "yes" if kept else "no")
            rows.append({"name": name, **median, "within limits": kept})
        browser.close()
    return rows
