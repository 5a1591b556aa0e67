"use strict";
/* The best power over batch size, horizon and signal: as in power.py. */
explorers.add("power", (data) => {
  const { short } = explorers;
  const usual = ["GN^{−1}", "GN^{−1/2}", "gradient descent"];
  const band = (power) => Math.min(Math.max(Math.trunc((power + 1) * 4), 0), 5);
  const digits = (power) => power.toFixed(2).replace("-", "−");
  return ({ batch, horizon, signal }) => {
    const map = data.power[horizon];
    const margin = data.margin[horizon][signal][batch];
    const winner = usual[data.winner[horizon][signal][batch]];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]];
    return {
      points: { chosen: corners.map(([x, y]) => [batch + x / 2, signal + y / 2]) },
      answer:
        `At B = ${short(data.batches[batch], 6)}, T = ${short(data.horizons[horizon])} and ` +
        `R_{0}/σ² = ${short(data.signals[signal])} the best power is ` +
        `${digits(map[signal][batch])}. The best of the usual three, ${winner}, has ` +
        `${short(100 * margin, 2)}% more risk.`,
      rows: map.map((row, r) => [short(data.signals[r]), ...row.map(digits)]),
      cells: map.map((row) => row.map((power) => [band(power), digits(power)])),
    };
  };
});
