"use strict";
/* Steps against the condition number: as in steps.py. */
explorers.add("steps", (data) => {
  const { short } = explorers;
  const names = ["adam", "constant", "stable", "every"];
  return ({ kappa, tolerance }) => {
    const { kappas } = data;
    const curves = names.map((name) => data[name][tolerance]);
    const [adam, constant, , every] = curves.map((curve) => curve[kappa]);
    const here = kappas[kappa];
    const points = {
      here: [[here, 1], [here, 2e4]],
      "adam-here": [[here, adam]],
      "constant-here": [[here, constant]],
      "every-here": [[here, every]],
    };
    names.forEach((name, n) => {
      points[name] = kappas.map((k, i) => [k, curves[n][i]]).filter(([, steps]) => steps !== null);
    });
    let verdict = "Adam is not ahead.";
    if (adam < every) verdict = "Adam is ahead of them all.";
    else if (adam < constant) verdict = "Adam is ahead of constant rates.";
    return {
      points,
      answer:
        `At κ = ${short(here)}, to an error of ${short(data.tolerances[tolerance])}, Adam takes ` +
        `${short(adam)} steps, every power of Gauss-Newton at its best constant rate ` +
        `${short(constant, 6)}, and no schedule fewer than ${short(every, 6)}. ${verdict}`,
      rows: kappas.map((k, i) =>
        [short(k), ...curves.map((c) => (c[i] === null ? "none" : short(c[i], 6)))]),
    };
  };
});
