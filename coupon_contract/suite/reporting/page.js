"use strict";
const clauses = [...document.querySelectorAll(".clause")];
const groups = [...document.querySelectorAll(".group")];
const text = document.getElementById("filter-text");
const must = document.getElementById("filter-must");
const openAtFirst = new Map(groups.map((group) => [group, group.open]));

function fits(clause, words) {
  const content = clause.textContent.toLowerCase();
  return words.every((word) => content.includes(word)) && (!must.checked || clause.dataset.level === "MUST");
}

function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const active = words.length > 0 || must.checked;
  for (const clause of clauses) clause.hidden = !fits(clause, words);
  for (const group of groups) {
    const shown = [...group.querySelectorAll(".clause")].filter((clause) => !clause.hidden).length;
    group.hidden = shown === 0;
    group.open = active || openAtFirst.get(group);
    group.querySelector(".many").textContent = shown;
  }
  const shown = clauses.filter((clause) => !clause.hidden).length;
  document.getElementById("filter-count").textContent = active ? `${shown} of ${clauses.length}` : "";
}

function addCopyButton(block) {
  const frame = document.createElement("div");
  const button = document.createElement("button");
  frame.className = "with-button";
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${block.getAttribute("aria-label")}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.replaceWith(frame);
  frame.append(block, button);
}

function reveal() {
  for (let at = document.querySelector(":target"); at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  document.querySelector(":target")?.scrollIntoView();
}

document.getElementById("filter").hidden = false;
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", filter);
must.addEventListener("change", filter);
if (navigator.clipboard) document.querySelectorAll("pre.copy").forEach(addCopyButton);
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
reveal();
