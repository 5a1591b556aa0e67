"use strict";
/* Adam's factor in two bases: as in factor.py, by the formula of SXQ-2. */
explorers.add("factor", (data) => {
  const { short } = explorers;
  const bases = [data["eigenbasis"], data["random basis"]];
  const size = bases[0].length;
  const edge = Math.sqrt(0.5);
  return (state) => {
    const batch = data.batches[state.batch];
    const noise = data.noises[state.noise];
    const variance = data.risk + noise ** 2;
    const factor = (signal) => 1 / Math.sqrt(1 + (batch + 1) * signal / variance);
    const found = bases.map((signals) => signals.map(factor));
    const left = found.map((values) => values.filter((f) => f < edge).length);
    const lowest = factor(data.risk);
    const lines = found.map((values) => data.shown.map((rank) => [rank, values[rank - 1]]));
    const half = size / 2;
    return {
      points: {
        edge: [[1, edge], [size, edge]],
        floor: [[1, lowest], [size, lowest]],
        eigenbasis: lines[0],
        random: lines[1],
        counts: left.filter((n) => n > 0).map((n) => [n, edge]),
      },
      answer:
        `At B = ${short(batch)} and noise σ = ${short(noise)}, ${left[0]} of ${short(size)} ` +
        `coordinates leave GN^{−1/2} in the eigenbasis, and ${left[1]} in the random basis. The ` +
        "others are within √2 of it.",
      rows: [
        ["within √2 of GN^{−1/2}", ...left.map((n) => short(size - n))],
        ["beyond", ...left.map((n) => short(n))],
        ["smallest factor", ...found.map((values) => short(values[0]))],
        ["median factor", ...found.map((v) => short((v[half - 1] + v[half]) / 2))],
        ["largest factor", ...found.map((values) => short(values[size - 1]))],
        ["least that the theorem allows", short(lowest), short(lowest)],
      ],
    };
  };
});
