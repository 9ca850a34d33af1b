// Ask the bot every few seconds how it is, and draw the answer.

import { draw, nearest } from "./chart.js";
import { age, bytes, clock, count, duration, percent, perMinute, perSecond } from "./words.js";

const LEVELS = ["fine", "odd", "bad"];
const PATIENCE_MS = 4000;

const CARDS = [
  {
    title: "Replies within", keys: ["response"], columns: ["p99_s", "p50_s"], legend: ["99 %", "half"], unit: duration, least: 0.02,
    figure: (now) => duration(now.promise.p99_s),
    detail: (now) => `99 of 100 presses; half of them within ${duration(now.promise.p50_s)}`,
  },
  {
    title: "Presses answered", keys: [], columns: ["replies_per_s"], unit: perSecond, least: 1,
    figure: (now) => perSecond(now.promise.replies_per_s),
    detail: (now) => `${plural(now.promise.learners, "learner")} active in the last 5 minutes`,
  },
  {
    title: "Updates that fail", keys: ["errors", "limited"], columns: ["errors_per_s", "limited_per_s"], legend: ["failed", "refused"], unit: perSecond, least: 0.2,
    figure: (now) => percent(now.promise.error_share),
    detail: (now) => `${percent(now.promise.limited_share)} refused as too many from one learner`,
  },
  {
    title: "Waiting", keys: ["updates", "calls", "inbox"], columns: ["waiting"], unit: count, least: 10,
    figure: (now) => count(now.queues.updates + now.queues.calls + now.queues.inbox),
    detail: (now) => [
      plural(now.queues.updates, "press", "presses"), plural(now.queues.calls, "reply", "replies"), plural(now.queues.inbox, "command"),
    ].join(", "),
  },
  {
    title: "Answers on disk within", keys: ["commits", "failures", "wal", "disk"], columns: ["commit_p99_s"], unit: duration, least: 0.005,
    figure: (now) => duration(now.commit.p99_s),
    detail: (now) => `${perSecond(now.commit.groups_per_s)} commits of ${count(now.commit.changes_per_group)} changes each`,
  },
  {
    title: "Calls to Telegram", keys: ["floods"], columns: ["calls_per_s", "floods_per_s"], legend: ["calls", "slow down"], unit: perSecond, least: 1,
    figure: (now) => perSecond(now.egress.calls_per_s),
    detail: (now) => `99 of 100 taken within ${duration(now.egress.p99_s)}; ${perMinute(now.egress.floods_per_s)} times a minute told to slow down`,
  },
  {
    title: "Memory", keys: [], columns: ["rss_bytes"], unit: bytes, least: 50e6,
    figure: (now) => bytes(now.process.rss_bytes),
    detail: () => "of the bot's process",
  },
  {
    title: "Processor", keys: ["cpu", "lag"], columns: ["cpu_share"], unit: percent, least: 0.1,
    figure: (now) => percent(now.process.cpu_share),
    detail: (now) => `of one core; 99 of 100 wake-ups within ${duration(now.process.loop_lag_p99_s)}`,
  },
];

const REST = [
  ["Database", (now) => bytes(now.commit.database_bytes)],
  ["Write-ahead log", (now) => bytes(now.commit.wal_bytes), "wal"],
  ["Disk, still free", (now) => bytes(now.commit.disk_free_bytes), "disk"],
  ["Reading connections", (now) => `${now.commit.readers_busy} of ${now.commit.readers_busy + now.commit.readers_idle} busy`, "readers"],
  ["Chats held back by Telegram", (now) => count(now.egress.chats_held)],
  ["Pictures not uploaded again", (now) => percent(now.egress.uploads_avoided_share)],
  ["Updates that came twice", (now) => `${perMinute(now.promise.duplicates_per_s)} a minute`],
  ["Pauses to tidy up memory", (now) => duration(now.process.gc_pause_p99_s)],
  ["Open files", (now) => `${count(now.process.open_files)} of ${count(now.process.most_files)}`, "files"],
];

const get = (id) => document.getElementById(id);
const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
let points = { at_s: [] };

const cards = CARDS.map((card) => {
  const element = get("card").content.firstElementChild.cloneNode(true);
  element.querySelector("h2").textContent = card.title;
  const svg = element.querySelector("svg");
  const view = { ...card, element, svg, caption: element.querySelector("figcaption"), highest: 0 };
  if (card.legend) view.caption.after(...card.legend.map(asKey));
  svg.addEventListener("pointermove", (event) => point(view, event));
  svg.addEventListener("pointerleave", () => describe(view));
  get("cards").append(element);
  return view;
});

function point(view, event) {
  const box = view.svg.getBoundingClientRect();
  const index = nearest(points.at_s, (event.clientX - box.left) / box.width);
  if (index < 0) return describe(view);
  const values = view.columns.map((column) => view.unit(points[column][index]));
  view.caption.textContent = `${clock(points.at_s[index])}: ${values.join(" / ")}`;
}

function describe(view) {
  view.caption.textContent = `15 min: up to ${view.unit(view.highest)}`;
}

function show(told) {
  const { now, findings } = told;
  points = told.points;
  const levels = Object.fromEntries(findings.map((finding) => [finding.key, finding.level]));
  const levelOf = (keys) => LEVELS[Math.max(0, ...keys.map((key) => levels[key] ?? 0))];
  const worst = Math.max(0, ...findings.map((finding) => finding.level));
  headline(["All is well", "Worth a look", "Needs you now"][worst], LEVELS[worst], now);
  get("findings").replaceChildren(...findings.map(asItem));
  for (const view of cards) {
    view.element.dataset.level = levelOf(view.keys);
    view.element.querySelector(".figure").textContent = view.figure(now);
    view.element.querySelector(".detail").textContent = view.detail(now);
    const lines = view.columns.map((column) => points[column]);
    draw(view.svg, points.at_s, lines, view.least);
    view.highest = Math.max(0, ...lines.flat().filter((value) => value != null));
    view.svg.setAttribute("aria-label", `${view.title}: the last 15 minutes, at most ${view.unit(view.highest)}`);
    if (!view.svg.matches(":hover")) describe(view);
  }
  rows("actions", now.promise.actions.map((it) => [[it.name, perMinute(it.per_s), duration(it.p50_s), duration(it.p99_s)]]), "nothing in the last minute");
  rows("caches", now.caches.map((it) => [[it.name.replace("_", " "), count(it.entries), count(it.capacity), percent(it.hit_share)]]), "no caches");
  rows("rest", REST.map(([name, read, key]) => [[name, read(now)], key ? levelOf([key]) : "fine"]));
  document.querySelector("main").hidden = false;
}

function headline(words, level, now) {
  document.documentElement.dataset.level = level;
  get("headline").textContent = words;
  if (now === undefined) return;
  const name = ["lplate", now.version].filter(Boolean).join(" ");
  get("subline").textContent = `${name}, up for ${age(now.up_s)}; the numbers are of the last ${now.over_s > 55 ? "minute" : age(now.over_s)}`;
}

function asKey(words, index) {
  const key = document.createElement("span");
  key.className = index === 0 ? "key" : "key second";
  key.textContent = words;
  return key;
}

function asItem(finding) {
  const item = document.createElement("li");
  item.dataset.level = LEVELS[finding.level];
  item.textContent = finding.sentence;
  return item;
}

function rows(id, filled, otherwise) {
  const made = filled.map(([cells, level]) => {
    const row = document.createElement("tr");
    if (level) row.dataset.level = level;
    row.append(...cells.map((text, column) => cell(column === 0 ? "th" : "td", text)));
    return row;
  });
  if (!made.length) {
    const row = document.createElement("tr");
    const only = cell("td", otherwise);
    only.colSpan = 4;
    only.className = "none";
    row.append(only);
    made.push(row);
  }
  get(id).tBodies[0].replaceChildren(...made);
}

function cell(tag, text) {
  const element = document.createElement(tag);
  if (tag === "th") element.scope = "row";
  element.textContent = text;
  return element;
}

async function refresh() {
  let wait_s = 5;
  try {
    const answer = await fetch("status/data", { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const told = await answer.json();
    if (told.now === null) {
      headline("Just started", "fine");
      get("subline").textContent = "The first numbers are there in some seconds.";
      wait_s = 1;
    } else {
      show(told);
      wait_s = told.step_s;
    }
    get("footer").textContent = `Asked at ${clock(Date.now() / 1000)}; asks again every ${wait_s} s.`;
  } catch {
    headline("The bot does not answer", "bad");
    get("subline").textContent = "It stopped, or this machine cannot reach it. What is below is old.";
  }
  setTimeout(refresh, wait_s * 1000);
}

refresh();
