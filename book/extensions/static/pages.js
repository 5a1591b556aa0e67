/* Wide formulas and tables scroll in boxes of their own, which the keyboard reaches only where there
   is something to scroll; and what is folded or dark on the screen is printed open and light. */
"use strict";
(() => {
  const NAMES = [
    ["div.math mjx-container", "Wide formula, scrolls sideways"],
    [".pst-scrollable-table-container", "Wide table, scrolls sideways"],
    [".cell_output > .output, pre", "Wide output, scrolls sideways"],
    ["span.math.wide", "Wide formula, scrolls sideways"],
  ];
  const BOXES = NAMES.map(([selector]) => selector).join();
  const RELATION = "mjx-mo[space='4'], mjx-mo[space='3']";

  /* Where in a line a formula may be broken: behind a relation, a sum's sign or a comma. */
  function addBreaks(formula) {
    let line = formula.querySelector("mjx-math");
    while (line?.children.length === 1) line = line.firstElementChild;
    for (const atom of line ? [...line.children] : []) {
      const comma = atom.matches("mjx-mo") && /[,;]/.test(atom.querySelector("mjx-c")?.className
        .replace(/.*mjx-c2C\b.*/, ",").replace(/.*mjx-c3B\b.*/, ";") || "");
      if (comma || atom.matches(RELATION)) atom.after(document.createElement("wbr"));
    }
  }

  /* The width of the text around a formula. */
  function room(formula) {
    let block = formula.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const style = getComputedStyle(block);
    return block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  }

  function fitInline() {
    const formulas = [...document.querySelectorAll(".bd-article span.math:has(mjx-container)")];
    const wide = formulas.filter((one) => !one.closest("table")
      && one.getBoundingClientRect().width > room(one) + 0.5);
    for (const one of wide.filter((each) => !each.classList.contains("broken"))) {
      addBreaks(one);
      one.classList.add("broken");
    }
    for (const one of document.querySelectorAll("span.math.broken")) {
      one.classList.remove("wide");
      one.classList.toggle("wide", one.getBoundingClientRect().width > room(one) + 0.5);
    }
  }

  /* Says on which sides a box has more: the edge fades there. */
  function fade(box) {
    const right = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.dataset.more = `${box.scrollLeft > 1 ? "left" : ""} ${right > 1 ? "right" : ""}`.trim();
  }

  function fitBoxes() {
    const boxes = [...document.querySelectorAll(BOXES)];
    const wide = boxes.map((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, i) => {
      if (wide[i]) {
        const name = NAMES.find(([selector]) => box.matches(selector))[1];
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.getAttribute("aria-label") || name);
        if (!("more" in box.dataset)) box.addEventListener("scroll", () => fade(box), { passive: true });
        fade(box);
      } else if ("more" in box.dataset) {
        ["tabindex", "role", "aria-label", "data-more"].forEach((name) => box.removeAttribute(name));
      }
    });
  }

  let planned = 0;
  function fit() {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(() => { fitInline(); fitBoxes(); });
  }
  fit();
  addEventListener("resize", fit);
  /* The side bars come and go a little after the window has its size: the column's width counts. */
  const article = document.querySelector(".bd-article");
  let width = 0;
  if (article) new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== width) fit();
    width = contentRect.width;
  }).observe(article);
  addEventListener("load", fit);
  document.addEventListener("formulas-set", fit);
  document.addEventListener("toggle", fit, true);

  /* The theme takes the focus off the buttons that open a side bar; closing it gives it back. */
  for (const side of ["primary", "secondary"]) {
    const bar = document.getElementById(`pst-${side}-sidebar-modal`);
    bar?.addEventListener("close", () => document.querySelector(`.${side}-toggle`)?.focus());
  }

  /* A notebook is saved under its name. From the disk a browser would show it: there a script hands
     over its text. */
  const notebook = document.querySelector("a[download$='.ipynb']");
  function save(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = notebook.download;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
  function fetchFromDisk(event) {
    event.preventDefault();
    window.saveNotebook = save;
    const script = document.createElement("script");
    script.src = notebook.href.replace("/_sources/", "/_downloads/").replace(/\.ipynb$/, ".js");
    script.addEventListener("load", () => script.remove());
    document.head.append(script);
  }
  const same = notebook ? [...document.querySelectorAll("a[href$='.ipynb']")] : [];
  for (const link of same.filter((one) => one.href === notebook.href)) {
    link.download = notebook.download;
    link.removeAttribute("target");
    if (location.protocol === "file:") link.addEventListener("click", fetchFromDisk);
  }

  /* Print: folds open, colours light, what is wider than paper made smaller; afterwards as it was. */
  const PAPER = 740; // of a page in A4, in pixels of the screen, within a box
  let opened = [];
  let theme = null;

  function shrink() {
    for (const formula of document.querySelectorAll("div.math mjx-container")) {
      const share = PAPER / formula.firstElementChild.getBoundingClientRect().width;
      const size = share < 1 ? `${share * parseFloat(formula.style.fontSize || 100)}%` : "";
      formula.style.setProperty("--on-paper", size);
    }
    for (const table of document.querySelectorAll(".bd-article table")) {
      const own = table.getBoundingClientRect().width;
      const wide = own > PAPER && own > table.parentElement.clientWidth + 1;
      table.style.setProperty("--on-paper", wide ? `${(90 * PAPER) / own}%` : "");
    }
  }

  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((fold) => { fold.open = true; });
    shrink();
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    document.documentElement.classList.remove("unset");
  });
  addEventListener("afterprint", () => {
    opened.forEach((fold) => { fold.open = false; });
    if (theme) document.documentElement.dataset.theme = theme;
  });
})();
