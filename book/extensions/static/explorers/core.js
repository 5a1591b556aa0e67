"use strict";
/* The explorers' common part: controls, and a figure whose marks move.

   Each explorer calls explorers.add(name, make), where make(data) returns a function from the
   places of the controls to what is seen: {points, answer, rows} and, for a map, cells. The page
   holds the finished figure (book/extensions/explorers/); the script shows a copy of it, with the
   controls, and leaves the first as it is for print. */
window.explorers = (() => {
  const makers = {};
  const MARK = /([\^_])\{([^}]*)\}/g;

  // Numbers and formulas as words: as in words.py.
  function short(number, digits = 3) {
    const rounded = Number(number.toPrecision(digits));
    const size = Math.abs(rounded);
    const plain = rounded === 0 || (size >= 1e-3 && size < 1e6);
    const [factor, exponent] = rounded.toExponential().split("e");
    const text = plain
      ? rounded.toLocaleString("en-US", { maximumFractionDigits: 12, useGrouping: size >= 1e4 })
      : `${factor} × 10^{${Number(exponent)}}`.replace(/^1 × /, "");
    return text.replace(/-/g, "−");
  }

  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const html = (text) =>
    escaped(text).replaceAll(" = ", "\u00a0=\u00a0").replace(MARK, (_, mark, inner) =>
      mark === "^" ? `<sup>${inner}</sup>` : `<sub>${inner}</sub>`);
  const speech = (text) =>
    text.replace(MARK, (_, mark, inner) => (mark === "^" ? ` to the ${inner}` : ` ${inner}`));

  // Where a value lies on an axis, and the path of a mark: as in drawing.py.
  function place([kind, low, high, start, end], value) {
    const scale = kind === "log" ? Math.log : (x) => x;
    return start + (end - start) * (scale(value) - scale(low)) / (scale(high) - scale(low));
  }
  const pixel = (value) => String(Number(value.toFixed(1)));
  function path([x, y], kind, points) {
    let text = "";
    let pen = "M";
    for (const point of points) {
      if (point === null) {
        pen = "M";
        continue;
      }
      text += `${pen}${pixel(place(x, point[0]))},${pixel(place(y, point[1]))}`;
      if (kind === "dots") text += "h0";
      else pen = "L";
    }
    return text;
  }

  function draw(figure, view) {
    const scales = JSON.parse(figure.dataset.scales);
    for (const mark of figure.querySelectorAll("[data-mark]")) {
      mark.setAttribute("d", path(scales, mark.dataset.kind, view.points[mark.dataset.mark]));
    }
    const cells = figure.querySelectorAll(".cell");
    (view.cells ?? []).flat().forEach(([band, text], index) => {
      cells[index].setAttribute("class", `cell band-${band}`);
      cells[index].querySelector("text").textContent = text;
    });
  }

  function fill(body, rows) {
    const line = ([head, ...cells]) =>
      `<tr><th scope="row">${html(head)}</th>${cells.map((c) => `<td>${html(c)}</td>`).join("")}</tr>`;
    body.innerHTML = rows.map(line).join("");
  }

  // A copy of the static figure, with ids of its own.
  function copyOf(fixed) {
    const live = fixed.cloneNode(true);
    live.className = "explorer-live";
    const figure = live.querySelector(".explorer-figure");
    for (const named of figure.querySelectorAll("[id]")) named.id += "-live";
    for (const name of ["aria-labelledby", "aria-describedby"]) {
      figure.setAttribute(name, `${figure.getAttribute(name)}-live`);
    }
    return live;
  }

  function start(root) {
    const make = makers[root.dataset.explorer];
    const see = make(JSON.parse(root.querySelector("script").textContent));
    const inputs = [...root.querySelectorAll("[data-control]")];
    const live = copyOf(root.querySelector(".explorer-static"));
    const answer = live.querySelector(".explorer-answer");
    // The eye has the answer at once; a screen reader when the hand rests.
    const status = document.createElement("p");
    status.className = "explorer-status";
    status.setAttribute("role", "status");
    answer.setAttribute("aria-hidden", "true");
    answer.after(status);
    let timer = 0;

    function update() {
      const state = {};
      for (const input of inputs) {
        if (input.type === "radio" && !input.checked) continue;
        state[input.dataset.control] = Number(input.value);
        if (input.type === "range") {
          const word = JSON.parse(input.dataset.words)[input.value];
          input.setAttribute("aria-valuetext", speech(word));
          root.querySelector(`output[for="${input.id}"]`).innerHTML = html(word);
        }
      }
      const view = see(state);
      draw(live.querySelector(".explorer-figure"), view);
      answer.innerHTML = html(view.answer);
      live.querySelector("desc").textContent = speech(view.answer);
      fill(live.querySelector("tbody"), view.rows);
      clearTimeout(timer);
      timer = setTimeout(() => { status.textContent = speech(view.answer); }, 400);
    }

    root.addEventListener("input", update);
    live.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-set]");
      if (!cell) return;
      for (const [name, value] of Object.entries(JSON.parse(cell.dataset.set))) {
        inputs.find((input) => input.dataset.control === name).value = value;
      }
      update();
    });
    root.querySelector(".explorer-controls").hidden = false;
    root.querySelector(".explorer-static").before(live);
    root.classList.add("explorer-on");
    update();
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-explorer]").forEach(start);
  });
  return { add: (name, make) => { makers[name] = make; }, short };
})();
