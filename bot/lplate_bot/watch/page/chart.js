// A small chart: one line or two over the last quarter of an hour, gaps where there was nothing to measure.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 72;
const HEADROOM = 6;
const SPAN_S = 900;

/** Draw `lines`, each a column of numbers or nulls, at the times `at` into `svg`; return the highest value. */
export function draw(svg, at, lines, least) {
  const highest = Math.max(least, ...lines.flat().filter((value) => value != null));
  const last = at.length ? at[at.length - 1] : 0;
  const x = (time) => WIDTH - ((last - time) / SPAN_S) * WIDTH;
  const y = (value) => HEIGHT - 1 - (value / highest) * (HEIGHT - HEADROOM);
  const shapes = [ruler()];
  lines.forEach((line, index) => {
    for (const run of runs(at, line)) {
      const points = run.map(([time, value]) => `${x(time).toFixed(1)} ${y(value).toFixed(1)}`);
      if (index === 0) shapes.push(path("area", `M${x(run[0][0]).toFixed(1)} ${HEIGHT}L${points.join("L")}V${HEIGHT}Z`));
      shapes.push(path(index === 0 ? "line" : "line second", `M${points.join("L")}${run.length === 1 ? "h1" : ""}`));
    }
  });
  svg.replaceChildren(...shapes);
  return highest;
}

/** Return the index of the point nearest to `share`, 0 to 1, of the chart's width; -1 if nothing is near. */
export function nearest(at, share) {
  if (!at.length) return -1;
  const wanted = at[at.length - 1] - (1 - share) * SPAN_S;
  let best = -1;
  at.forEach((time, index) => {
    if (Math.abs(time - wanted) < Math.abs((at[best] ?? -Infinity) - wanted)) best = index;
  });
  return Math.abs(at[best] - wanted) < 30 ? best : -1;
}

function runs(at, line) {
  const found = [];
  let open = null;
  line.forEach((value, index) => {
    if (value == null) {
      open = null;
      return;
    }
    if (open === null) found.push((open = []));
    open.push([at[index], value]);
  });
  return found;
}

const ruler = () => path("ruler", `M0 ${HEIGHT - 0.5}H${WIDTH}`);

function path(kind, d) {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("class", kind);
  element.setAttribute("d", d);
  return element;
}
