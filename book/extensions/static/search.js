/* The search: all entries of the book are in search-data.js, so it works from the disk. */
"use strict";
(() => {
  const SHOWN = 40;
  const KINDS = { theorem: 8, term: 8, page: 3, section: 1, function: 0 };

  /* One spelling, and roughly one form, of a word: optimisers, optimizer, optimizing. */
  function stem(word) {
    const one = word
      .replace(/is(e|es|ed|er|ers|ing|ation|ations)$/, "iz$1")
      .replace(/ys(e|es|ed|er|ers|ing)$/, "yz$1")
      .replace(/our(s|ed|ing|al)?$/, "or$1")
      .replace(/tre(s?)$/, "ter$1")
      .replace(/ll(ed|er|ers|ing)$/, "l$1");
    const short = one.replace(/(ations?|ings?|ers?|ed|es|s|e)$/, "");
    return short.length >= 3 ? short : one;
  }

  /* The words of a text: SXQ-8 and GN^-1/2 are words, and so are the parts of Gauss-Newton
     and of dp.best_power, but for single letters and digits: 1 is not in SXQ-1. */
  const WORD = /[\p{L}\p{N}_]+(?:[-^/.]+[\p{L}\p{N}_]+)*/gu;
  const split = (text) => text.toLowerCase().normalize("NFKC").match(WORD) || [];
  function words(text) {
    const found = [];
    for (const word of split(text)) {
      found.push(stem(word));
      const parts = new Set([...word.split("."), ...word.split(/[-^/._]+/)]);
      parts.delete(word);
      found.push(...[...parts].filter((part) => part.length > 1).map(stem));
    }
    return found;
  }

  const count = (list) => list.reduce((all, word) => all.set(word, (all.get(word) || 0) + 1), new Map());
  let index = null;
  function prepare() {
    index = SEARCH.entries.map(([address, kind, title, text, also]) => ({
      address, kind, title, text,
      head: count(words(`${title} ${also}`)),
      body: count(words(text)),
    }));
  }

  function weight(entry, word) {
    const whole = (entry.head.has(word) ? 12 : 0) + Math.log2(1 + (entry.body.get(word) || 0));
    if (whole || word.length < 3) return whole;
    const begins = (counts) => [...counts.keys()].some((other) => other.startsWith(word));
    return (begins(entry.head) ? 5 : 0) + (begins(entry.body) ? 0.5 : 0);
  }

  /* "SXQ 8" and "sxq8" are SXQ-8. */
  const named = (query) => query.replace(/\b([fs][eix][ql]|b) ?(\d+[a-c]?)\b/gi, "$1-$2");

  function find(query) {
    const asked = [...new Set(split(named(query)).map(stem))];
    const phrase = named(query).trim().toLowerCase();
    const found = [];
    for (const entry of asked.length ? index : []) {
      const weights = asked.map((word) => weight(entry, word));
      const hits = weights.filter(Boolean).length;
      if (!hits) continue;
      const sum = weights.reduce((a, b) => a + b, 0) + KINDS[entry.kind];
      const exact = entry.title.toLowerCase().startsWith(phrase) ? 20
        : entry.text.toLowerCase().includes(phrase) && asked.length > 1 ? 6 : 0;
      found.push({ entry, hits, score: sum + exact });
    }
    const most = Math.max(0, ...found.map((one) => one.hits));
    const best = found.filter((one) => one.hits === most).sort((a, b) => b.score - a.score);
    return { best: best.map((one) => one.entry), all: most === asked.length, asked };
  }

  /* The sentence or so around the words found, with the words found marked. */
  function excerpt(text, asked, phrase) {
    const matches = [...text.matchAll(WORD)].filter(([word]) =>
      words(word).some((one) => asked.some((ask) => one.startsWith(ask))));
    const middle = Math.max(0, text.toLowerCase().indexOf(phrase)) || (matches[0]?.index ?? 0);
    const begin = middle < 90 ? 0 : text.indexOf(" ", middle - 90) + 1;
    const end = text.length < begin + 220 ? text.length : text.lastIndexOf(" ", begin + 220);
    const line = document.createElement("p");
    let at = begin;
    if (begin) line.append("… ");
    for (const match of matches.filter((one) => one.index < end && one.index >= begin)) {
      const mark = document.createElement("mark");
      mark.textContent = match[0];
      line.append(text.slice(at, match.index), mark);
      at = match.index + match[0].length;
    }
    line.append(text.slice(at, Math.max(at, end)), end < text.length ? " …" : "");
    return line;
  }

  /* A letter or a digit alone stands on nearly every page; a Greek one is a name. */
  const tooLittle = (query) => /^[\x00-\x7f]$/.test(query.trim());
  const HINT = "A single letter or digit is too little to look for: add a word, or type a claim’s name, "
    + "such as SXQ-1. Symbols are in the table of the page Notation.";

  function show(query) {
    const list = document.getElementById("search-results");
    const { best, all, asked } = tooLittle(query) ? { best: [] } : find(query);
    list.replaceChildren(...best.slice(0, SHOWN).map((entry) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = entry.address;
      link.textContent = entry.title;
      item.append(link);
      const page = SEARCH.pages[entry.address.split("#")[0]];
      if (page !== entry.title) item.append(Object.assign(document.createElement("span"),
        { className: "found-in", textContent: ` in ${page}` }));
      if (entry.text) item.append(excerpt(entry.text, asked, query.trim().toLowerCase()));
      return item;
    }));
    const many = best.length === 1 ? "One place" : `${best.length} places`;
    document.getElementById("search-status").textContent = !query.trim() ? ""
      : tooLittle(query) ? HINT
      : !best.length ? `Nothing found for “${query}”.`
        : `${many} found for “${query}”${all ? "" : ", none with all words"}`
          + `${best.length > SHOWN ? `; the best ${SHOWN}:` : ":"}`;
  }

  document.addEventListener("DOMContentLoaded", () => {
    prepare();
    const form = document.querySelector(".bd-search-container form");
    const field = form.querySelector("input");
    field.value = new URLSearchParams(location.search).get("q") || "";
    field.addEventListener("input", () => show(field.value));
    form.addEventListener("submit", (event) => { event.preventDefault(); show(field.value); });
    show(field.value);
    field.focus();
  });
})();
