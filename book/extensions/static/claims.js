// The ledger's filter, kept in the address, and folds that open when the address names them.
"use strict";

function filterClaims(form) {
  const rows = [...document.querySelectorAll("table.claims tbody tr")];
  const words = JSON.parse(document.querySelector("script.claims-words").textContent);
  const status = form.querySelector("[role=status]");
  const has = (cell, word) => cell.textContent.toLowerCase().includes(word);

  function fits(row, chosen) {
    const [claim, , novelty, evidence] = row.cells;
    const id = claim.textContent.trim();
    const of = words[id];
    return (
      (!chosen.family || id.split("-")[0] === chosen.family) &&
      (!chosen.evidence || has(evidence, chosen.evidence)) &&
      (!chosen.novelty || has(novelty, chosen.novelty)) &&
      (!chosen.problem || [chosen.problem, "both"].includes(of.problem)) &&
      chosen.text
        .toLowerCase()
        .split(/\s+/)
        .every((word) => `${id.toLowerCase()} ${of.words} ${novelty.textContent.toLowerCase()}`.includes(word))
    );
  }

  function show() {
    const chosen = Object.fromEntries(new FormData(form));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row, chosen);
      shown += !row.hidden;
    }
    status.textContent = `${shown} of ${rows.length} claims`;
    return chosen;
  }

  function keep() {
    const chosen = Object.entries(show()).filter(([, value]) => value);
    const hash = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function read() {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const field of form.querySelectorAll("[name]")) {
      field.value = chosen.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = ""; // a value that is not on offer
    }
    show();
  }

  form.hidden = false;
  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(keep));
  addEventListener("hashchange", read);
  read();
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") target.open = true;
}

const form = document.querySelector("form.claims-filter");
if (form) filterClaims(form);
addEventListener("hashchange", openTarget);
openTarget();
