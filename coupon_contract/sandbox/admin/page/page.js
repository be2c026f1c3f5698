"use strict";
const EVERY = 1000; // milliseconds between looks
const LAP = 5; // seconds that looks overlap: a worker may tell late what it did
const KEPT = 200;
const list = document.getElementById("list");
const text = document.getElementById("filter-text");
const tones = [...document.querySelectorAll("[name=tone]")];
const pause = document.getElementById("pause");
const toast = document.getElementById("toast");
const trouble = document.getElementById("trouble");
const SILENT = "The sandbox does not answer";
let failing = false;

function say(words) {
  toast.textContent = words;
  toast.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove("shown"), 2500);
}

async function copy(words) {
  if (navigator.clipboard) return navigator.clipboard.writeText(words);
  const area = document.createElement("textarea"); // not a secure context: another machine over plain HTTP
  area.value = words;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function fits(row, words) {
  const content = row.textContent.toLowerCase();
  const shown = tones.some((tone) => tone.checked && tone.value === row.dataset.tone);
  return shown && words.every((word) => content.includes(word));
}

function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...list.children];
  for (const row of rows) row.hidden = !fits(row, words);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("filter-count").textContent = shown < rows.length ? `${shown} of ${rows.length}` : `${rows.length}`;
  document.getElementById("none").hidden = rows.length > 0;
  document.getElementById("no-match").hidden = shown > 0 || rows.length === 0;
  list.hidden = shown === 0;
}

function refresh(part, other) {
  if (part.innerHTML === other.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && focused.dataset.copy === undefined) return; // somebody writes there
  part.innerHTML = other.innerHTML;
  if (focused) part.querySelector(`[data-copy="${CSS.escape(focused.dataset.copy)}"]`)?.focus({ preventScroll: true });
}

function take(fresh) {
  const told = fresh.getElementById("list");
  const forgotten = [...list.children].filter((row) => Number(row.dataset.at) <= Number(told.dataset.since));
  for (const row of forgotten) row.remove();
  const rows = [...told.children].filter((row) => !document.getElementById(row.id));
  list.prepend(...rows);
  const sorted = [...list.children].sort((one, other) => other.dataset.at - one.dataset.at);
  if (sorted.some((row, place) => row !== list.children[place])) list.append(...sorted);
  while (list.children.length > KEPT) list.lastElementChild.remove();
  for (const part of document.querySelectorAll("[data-live]")) refresh(part, fresh.getElementById(part.id));
  if (rows.length || forgotten.length) filter();
}

async function look() {
  const latest = Math.max(0, ...[...list.children].slice(0, 1).map((row) => Number(row.dataset.at)));
  try {
    const answer = await fetch(`/?after=${Math.max(0, latest - LAP)}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (failing) say("The sandbox answers again");
    failing = false;
  } catch {
    trouble.textContent = `${SILENT}. What you see is what it told last.`; // until it answers: the next look takes it away
    failing = true;
  }
}

async function watch() {
  if (!document.hidden && pause.getAttribute("aria-pressed") === "false") await look();
  setTimeout(watch, EVERY);
}

function fields(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || (field.type === "number" && field.value === "")) continue;
    body[field.name] = field.type === "number" ? Number(field.value) : field.value;
    if (field.type === "datetime-local") body[field.name] = `${field.value.padEnd(19, ":00")}Z`;
  }
  return body;
}

async function control(from, body) {
  const { method, path } = from.dataset;
  const headers = body ? { "Content-Type": "application/json" } : {};
  let done = false;
  let words = SILENT;
  try {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    words = `HTTP ${answer.status}`;
    const told = await answer.json();
    done = answer.ok;
    words = done ? "Done" : told.message;
  } catch {
    // the words say how far it came
  }
  document.getElementById("said").textContent = done ? "" : words;
  say(words);
  await look();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy !== undefined) copy(button.dataset.copy).then(() => say(`Copied ${button.classList.contains("id") ? button.textContent : ""}`));
  else if (button?.dataset.path) control(button, button.dataset.body && JSON.parse(button.dataset.body));
});
for (const form of document.querySelectorAll("#controls form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
    control(form, form.elements[0]?.name || form.querySelector("[name]") ? fields(form) : undefined);
  });
}
pause.addEventListener("click", () => {
  const on = pause.getAttribute("aria-pressed") === "false";
  pause.setAttribute("aria-pressed", String(on));
  pause.textContent = on ? "Resume" : "Pause";
});
document.getElementById("filter").hidden = false;
document.getElementById("controls").hidden = false;
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", filter);
for (const tone of tones) tone.addEventListener("change", filter);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    text.focus();
  }
});
filter();
watch();
