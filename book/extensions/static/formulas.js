/* Sets the formulas piece by piece, from what is on the screen on, so that the page can be read and
   scrolled meanwhile. The article is shown when its first piece is set, or after a second: lines do
   not jump under the reader's eyes. Without this script, and without MathJax, TeX is shown. */
"use strict";
(() => {
  const PIECE = 30;
  const root = document.documentElement;
  const show = () => root.classList.remove("unset");
  const nextTask = () => new Promise((resolve) => setTimeout(resolve));
  let waiting = [];

  async function pageReady() {
    const all = [...document.querySelectorAll(".math")];
    const first = Math.max(0, all.findIndex((one) => one.getBoundingClientRect().bottom > 0));
    waiting = [...all.slice(first), ...all.slice(0, first).reverse()];
    while (waiting.length) {
      await MathJax.typesetPromise(waiting.splice(0, PIECE));
      show();
      await nextTask();
    }
    document.dispatchEvent(new Event("formulas-set"));
  }

  root.classList.add("unset");
  document.addEventListener("DOMContentLoaded", () => {
    if (document.querySelector("script[src*='mathjax/startup.js']")) setTimeout(show, 1000);
    else show();
  });
  // What is not set yet is set before the paper is.
  addEventListener("beforeprint", () => waiting.length && MathJax.typeset(waiting.splice(0)));

  window.MathJax = { ...window.MathJax, startup: { typeset: false, pageReady } };
})();
