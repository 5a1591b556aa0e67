"use strict";
/* Three methods in the plane: as in plane.py. */
explorers.add("plane", (data) => {
  const { short } = explorers;
  const methods = ["adam", "newton", "gd"];
  const levels = [0.2, 0.4, 0.65, 0.9, 1.2, 1.6];

  function contours(kappa, degrees) {
    const c = Math.cos(degrees * Math.PI / 180);
    const s = Math.sin(degrees * Math.PI / 180);
    const points = [];
    for (const level of levels) {
      for (let i = 0; i <= 64; i += 1) {
        const x = level * Math.cos(Math.PI * i / 32);
        const y = level * Math.sqrt(kappa) * Math.sin(Math.PI * i / 32);
        points.push([c * x + s * y, c * y - s * x]);
      }
      points.push(null);
    }
    return points;
  }

  const pairs = (flat) =>
    Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] / 1000, flat[2 * i + 1] / 1000]);
  const digits = (x) => x.toFixed(2).replace("-", "−");

  return ({ kappa, angle }) => {
    const condition = data.conditions[kappa][angle];
    const paths = methods.map((name) => pairs(data[name].path[kappa][angle]));
    const [adam, newton, gd] = methods.map((name) => data[name].steps[kappa][angle]);
    const points = {
      contours: contours(data.kappas[kappa], data.angles[angle]),
      optimum: [[0, 0]],
    };
    methods.forEach((name, i) => { points[name] = points[`${name}-dots`] = paths[i]; });
    const length = Math.max(...paths.map((path) => path.length));
    const pair = (point) => (point ? `(${digits(point[0])}, ${digits(point[1])})` : "");
    return {
      points,
      answer:
        `At κ = ${data.kappas[kappa]} and ${data.angles[angle]}° the basis leaves GN^{−1} a ` +
        `condition number of ${short(condition)}. It settles in ${newton} ` +
        `step${newton === 1 ? "" : "s"}, gradient descent in ${gd}, Adam in ${adam}. ` +
        (condition < 3 - 1e-6
          ? "Below 3, GN^{−1} is in the long run ahead of all that Adam can promise."
          : "From 3 on, GN^{−1} is not sure to be ahead of Adam."),
      rows: Array.from({ length }, (_, n) => [String(n), ...paths.map((path) => pair(path[n]))]),
    };
  };
});
