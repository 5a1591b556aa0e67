"use strict";
/* Noise floors over the learning rate: as in floor.py. */
explorers.add("floor", (data) => {
  const { short } = explorers;
  const bases = ["eigenbasis", "random basis"];
  return ({ basis, batch, rate }) => {
    const { rates } = data;
    const limit = data.limit[basis][batch];
    const adam = data.adam[basis][batch];
    const newton = data.newton[basis][batch];
    const stable = newton[rate] !== null;
    return {
      points: {
        here: [[rates[rate], 1e-4], [rates[rate], 1e4]],
        limit: [[limit, 1e-4], [limit, 1e4]],
        newton: rates.map((eta, i) => [eta, newton[i]]).filter(([, risk]) => risk !== null),
        adam: rates.map((eta, i) => [eta, adam[i]]),
        "newton-here": stable ? [[rates[rate], newton[rate]]] : [],
        "adam-here": [[rates[rate], adam[rate]]],
      },
      answer:
        `At B = ${short(data.batches[batch])} and Adam's rate η = ${short(rates[rate])}, in the ` +
        `${bases[basis]}, Adam comes to rest at R = ${short(adam[rate])}. ` +
        (stable
          ? `GN^{−1/2} rests at ${short(newton[rate])}, ` +
            `${short(newton[rate] / adam[rate])} times as high.`
          : `GN^{−1/2} explodes: it has no floor from η = ${short(limit)} on.`),
      rows: rates.map((eta, i) =>
        [short(eta), short(adam[i]), newton[i] === null ? "none" : short(newton[i])]),
    };
  };
});
