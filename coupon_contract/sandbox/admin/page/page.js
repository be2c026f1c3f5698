"use strict";
const EVERY = 1000; // milliseconds between polls
const LAP = 5; // seconds that polls overlap, because a worker may share a request late
const KEPT = 200; // requests
const PAGE = 20; // requests, and coupons, that are shown at a time
const SILENT = "The sandbox does not answer";
const list = document.getElementById("list");
const text = document.getElementById("filter-text");
const boxes = [...document.querySelectorAll("#filter [type=checkbox]")];
const pause = document.getElementById("pause");
const toast = document.getElementById("toast");
const trouble = document.getElementById("trouble");
const more = document.getElementById("more");
const number = (value) => value.toLocaleString("en");
let failing = false;
let shownRows = new URLSearchParams(location.search).has("all") ? KEPT : PAGE;

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

// --- tabs ------------------------------------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll("#tabs a")];
const panelOf = (tab) => document.getElementById(tab.hash.slice(1));

function select(hash, focus = false) {
  const target = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  const panel = target?.closest(".panel");
  const chosen = tabs.find((tab) => panelOf(tab) === panel) ?? tabs[0];
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    panelOf(tab).hidden = tab !== chosen;
  }
  if (focus) chosen.focus();
}

function go(hash, focus = false) {
  if (location.hash !== hash) history.pushState(null, "", hash);
  select(hash, focus);
}

document.getElementById("tabs").setAttribute("role", "tablist");
for (const tab of tabs) {
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", tab.hash.slice(1));
  panelOf(tab).setAttribute("role", "tabpanel");
  panelOf(tab).setAttribute("aria-labelledby", tab.id);
}
document.getElementById("tabs").addEventListener("keydown", (event) => {
  const place = tabs.indexOf(document.activeElement);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (event.key === " ") event.preventDefault(); // it would scroll: the tab is selected already
  if (place < 0 || next === undefined) return;
  event.preventDefault();
  go(tabs[(next + tabs.length) % tabs.length].hash, true);
});
addEventListener("popstate", () => select(location.hash));

// --- the list of requests --------------------------------------------------------------------------------------------

function fits(row, words) {
  const content = row.textContent.toLowerCase();
  const wanted = (name) => boxes.some((box) => box.name === name && box.checked && box.value === row.dataset[name]);
  return wanted("tone") && wanted("kind") && words.every((word) => content.includes(word));
}

function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...list.children];
  const matching = rows.filter((row) => fits(row, words));
  const shown = new Set(matching.slice(0, shownRows));
  for (const row of rows) row.hidden = !shown.has(row);
  const count = matching.length < rows.length ? `, ${number(matching.length)} match` : "";
  document.getElementById("filter-count").textContent = `${number(rows.length)} request${rows.length === 1 ? "" : "s"}${count}`;
  document.getElementById("none").hidden = rows.length > 0;
  document.getElementById("no-match").hidden = matching.length > 0 || rows.length === 0;
  list.hidden = matching.length === 0;
  more.parentElement.hidden = matching.length <= shownRows;
  more.textContent = `Show ${Math.min(PAGE, matching.length - shownRows)} more of ${number(matching.length)}`;
}

function showMore() {
  const next = [...list.children].find((row) => row.hidden && fits(row, text.value.toLowerCase().split(/\s+/).filter(Boolean)));
  shownRows += PAGE;
  filter();
  next?.querySelector("summary").focus({ preventScroll: true }); // the first of the new ones, as the button may be gone
}

function refresh(part, other) {
  if (part.innerHTML === other.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const same = focused?.dataset.copy !== undefined ? `[data-copy="${CSS.escape(focused.dataset.copy)}"]` : focused?.dataset.of !== undefined ? `[data-of="${CSS.escape(focused.dataset.of)}"]` : "";
  if (focused && !same) return; // somebody writes there
  part.innerHTML = other.innerHTML;
  if (focused) part.querySelector(same)?.focus({ preventScroll: true });
}

function take(fresh) {
  const received = fresh.getElementById("list");
  const forgotten = [...list.children].filter((row) => Number(row.dataset.at) <= Number(received.dataset.since));
  for (const row of forgotten) row.remove();
  const rows = [...received.children].filter((row) => !document.getElementById(row.id));
  for (const row of rows) offer(row);
  list.prepend(...rows);
  const sorted = [...list.children].sort((one, other) => other.dataset.at - one.dataset.at);
  if (sorted.some((row, place) => row !== list.children[place])) list.append(...sorted);
  while (list.children.length > KEPT) list.lastElementChild.remove();
  for (const part of document.querySelectorAll("[data-live]")) refresh(part, fresh.getElementById(part.id));
  if (rows.length || forgotten.length) filter();
}

async function poll() {
  const latest = Math.max(0, ...[...list.children].slice(0, 1).map((row) => Number(row.dataset.at)));
  try {
    const response = await fetch(`/?after=${Math.max(0, latest - LAP)}`, { cache: "no-store" });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    take(new DOMParser().parseFromString(await response.text(), "text/html"));
    if (failing) say("The sandbox answers again");
    failing = false;
  } catch {
    trouble.textContent = `${SILENT}. The page shows the last state that it received.`; // the next poll that works removes it
    failing = true;
  }
}

async function watch() {
  if (!document.hidden && pause.getAttribute("aria-pressed") === "false") await poll();
  setTimeout(watch, EVERY);
}

// --- sending ---------------------------------------------------------------------------------------------------------

/** Send a request of the contract, with the credentials of a till in place of the control key that the browser knows. */
function send({ method, target, type, user, password }, body) {
  const headers = user ? { Authorization: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}` } : {};
  if (type) headers["Content-Type"] = type;
  const content = body === undefined ? undefined : new Blob([body]); // a text would bring a Content-Type of its own
  return fetch(target, { method, headers, body: content, credentials: "omit", cache: "no-store" });
}

function offer(row) {
  for (const button of row.querySelectorAll(".resend")) button.hidden = false;
}

async function resend(button) {
  const body = button.closest("details").querySelector(".sent code")?.textContent;
  button.disabled = true;
  try {
    const response = await send(button.dataset, body);
    await response.text();
    say(`Sent again: HTTP ${response.status}`);
  } catch {
    say(SILENT);
  }
  button.disabled = false;
  await poll();
}

/** Return what an issue response says, in a few words. */
function inShort(response, content) {
  if (response.status !== 200) return `HTTP ${response.status}`;
  const { coupons = [], errors = [], warnings = [] } = JSON.parse(content);
  const reasons = [...errors, ...warnings].map((reason) => `${reason.code} ${reason.message}`).join(", ");
  const issued = coupons.length ? `Issued ${number(coupons.length)} ${coupons.length === 1 ? "coupon" : "coupons"}` : "Refused";
  return reasons ? `${issued}: ${reasons}` : issued;
}

function indented(content) {
  try {
    return JSON.stringify(JSON.parse(content, (_, value, context) => (typeof value === "number" && context ? JSON.rawJSON(context.source) : value)), null, 2);
  } catch {
    return content;
  }
}

async function issue(form) {
  const { seriesId, count } = Object.fromEntries(new FormData(form));
  const identifier = { [document.getElementById("identifier-type").value]: document.getElementById("identifier").value };
  const body = `{"seriesId": ${whole(seriesId)}, "count": ${whole(count)}, "customer": ${JSON.stringify(identifier)}}`;
  const said = form.querySelector(".said");
  const part = document.getElementById("issue-response");
  try {
    const response = await send({ method: "POST", type: "application/json", ...form.dataset }, body);
    const content = await response.text();
    part.hidden = false;
    part.querySelector("code").textContent = indented(content);
    document.getElementById("issue-status").textContent = `HTTP ${response.status}`;
    said.textContent = inShort(response, content);
  } catch {
    part.hidden = true;
    said.textContent = SILENT;
  }
  await poll();
}

/** Return the digits of a whole number as JSON writes them; a number of JavaScript would round large ids. */
const whole = (digits) => String(BigInt(digits));

function valueOf(field) {
  if (field.type === "checkbox") return field.checked ? "true" : "";
  if (field.value === "") return "";
  if (field.dataset.kind === "integer") return whole(field.value);
  if (field.type === "number") return String(Number(field.value));
  return JSON.stringify(field.type === "datetime-local" ? `${field.value.padEnd(19, ":00")}Z` : field.value);
}

/** Return the fields that are filled in as JSON; `a.b` is a field of the object `a`. */
function fields(form) {
  const parts = {};
  for (const field of form.elements) {
    const value = field.name ? valueOf(field) : "";
    const [name, inner] = field.name.split(".");
    if (value === "") continue;
    if (inner === undefined) parts[name] = value;
    else (parts[name] ??= []).push(`${JSON.stringify(inner)}: ${value}`);
  }
  const written = Object.entries(parts).map(([name, value]) => `${JSON.stringify(name)}: ${Array.isArray(value) ? `{${value.join(", ")}}` : value}`);
  return `{${written.join(", ")}}`;
}

async function control(from, body) {
  const { method, path, done = "Done" } = from.dataset;
  const headers = body ? { "Content-Type": "application/json" } : {};
  const form = from.closest("form");
  let words = SILENT;
  let succeeded = false;
  try {
    const response = await fetch(path, { method, headers, body });
    words = `HTTP ${response.status}`;
    const content = await response.text();
    const message = JSON.parse(content).message;
    succeeded = response.ok;
    words = succeeded ? `${done} ${from.dataset.done ? content.match(/"id":(\d+)/)[1] : ""}`.trim() : message;
  } catch {
    // the words say how far it came
  }
  const adds = from.dataset.done !== undefined;
  form.querySelector(".said").textContent = succeeded && !adds ? "" : words;
  if (succeeded && adds) form.reset();
  say(words);
  await poll();
}

// --- coupons ---------------------------------------------------------------------------------------------------------

const dialog = document.getElementById("coupons");
let listed = [];
let shownCoupons = 0;

/** Return an RFC 3339 moment in UTC as the rest of the page writes it. */
const moment = (text) => text.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");

function showCoupons(count) {
  const rows = listed.slice(shownCoupons, shownCoupons + count).map((coupon) => {
    const row = document.createElement("tr");
    for (const [label, value] of [["Code", coupon.code], ["Id", coupon.id], ["Series", coupon.series_id], ["Customer", coupon.customer_id], ["Issued", moment(coupon.issued_at)]]) {
      const cell = document.createElement("td");
      cell.dataset.label = label;
      cell.textContent = value;
      row.append(cell);
    }
    return row;
  });
  document.getElementById("coupon-rows").append(...rows);
  shownCoupons += rows.length;
  dialog.querySelector("table").hidden = listed.length === 0;
  dialog.querySelector(".more").hidden = shownCoupons >= listed.length;
}

dialog.addEventListener("close", () => document.querySelector(`[data-of="${CSS.escape(dialog.dataset.shown)}"]`)?.focus());

async function openCoupons(link) {
  dialog.dataset.shown = link.dataset.of;
  const count = document.getElementById("coupons-count");
  document.getElementById("coupons-title").textContent = `Coupons of ${link.dataset.of}`;
  document.getElementById("coupon-rows").replaceChildren();
  count.textContent = "Loading";
  listed = [];
  shownCoupons = 0;
  showCoupons(0);
  if (!dialog.open) dialog.showModal();
  try {
    const response = await fetch(link.href, { cache: "no-store" });
    const content = await response.text();
    if (!response.ok) throw new Error(content);
    // ids in quotes, because a number of JavaScript would round large ones
    listed = JSON.parse(content.replace(/"((?:series_|customer_)?id)":(\d+)/g, '"$1":"$2"')).data.reverse();
    count.textContent = `Issued by this sandbox: ${listed.length ? `${number(listed.length)}, the latest first` : "none"}`;
    showCoupons(PAGE);
  } catch {
    count.textContent = SILENT;
  }
}

// --- events ----------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain && link.dataset.of !== undefined) {
    event.preventDefault();
    openCoupons(link);
  } else if (link === more && plain) {
    event.preventDefault();
    showMore();
  } else if (link && plain && link.getAttribute("href").startsWith("#")) {
    event.preventDefault();
    const skips = link.classList.contains("skip");
    go(link.hash, !skips);
    if (skips) list.querySelector("summary")?.focus();
  }
  const button = event.target.closest("button");
  if (!button) return;
  const code = button.classList.contains("copy") ? button.parentElement.querySelector("code").textContent : button.dataset.copy;
  if (code !== undefined) copy(code).then(() => say(`Copied ${button.classList.contains("id") ? button.textContent : ""}`.trim()));
  else if (button.classList.contains("resend")) resend(button);
  else if (button.id === "more-coupons") showCoupons(PAGE);
  else if (button.dataset.path) control(button, button.dataset.body);
});
for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
    control(form, form.querySelector("[name]") ? fields(form) : undefined);
  });
}
const issueForm = document.getElementById("issue-form");
issueForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  issue(issueForm);
});
const identifier = document.getElementById("identifier");
const known = (value) => [...document.querySelectorAll("#identifiers option")].find((option) => option.value === value);
identifier?.addEventListener("input", () => {
  const option = known(identifier.value);
  if (option) document.getElementById("identifier-type").value = option.dataset.type;
});
pause.addEventListener("click", () => {
  const on = pause.getAttribute("aria-pressed") === "false";
  pause.setAttribute("aria-pressed", String(on));
  pause.textContent = on ? "Resume" : "Pause";
});
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
for (const field of [text, ...boxes]) {
  field.addEventListener("input", () => {
    shownRows = PAGE;
    filter();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !dialog.open && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    go("#requests");
    text.focus();
  }
});

for (const part of document.querySelectorAll("#filter, #controls, #issue-form, .add, .resend")) part.hidden = false;
select(location.hash);
filter();
watch();
