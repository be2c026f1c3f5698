// The search: MiniSearch over the texts of search-texts.js. Every word must be found; the last letters may be missing.
(() => {
  const AROUND = 90; // characters of a snippet on each side of the first word found
  const MOST = 50; // results
  const query = (new URLSearchParams(location.search).get("q") || "").trim();
  const form = document.querySelector(".search-form");
  const summary = document.getElementById("search-summary");
  const list = document.getElementById("search-results");
  form.q.value = query;
  if (!query) return;

  const index = new MiniSearch({
    idField: "address",
    fields: ["title", "text"],
    storeFields: ["title", "page", "text"],
    searchOptions: { prefix: true, combineWith: "AND", boost: { title: 4 } },
  });
  index.addAll(SEARCH_TEXTS);
  const results = index.search(query).slice(0, MOST);
  summary.textContent = results.length
    ? `${results.length}${results.length === MOST ? " or more places" : results.length === 1 ? " place" : " places"} for “${query}”`
    : `Nothing has all the words of “${query}”.`;

  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  // Append the text around the first word found, with each word marked.
  function snippet(parent, text, terms) {
    const words = new RegExp(`(${terms.map(escaped).join("|")})`, "giu");
    const first = Math.max(text.search(words), 0);
    const from = first > AROUND ? text.lastIndexOf(" ", first - AROUND) + 1 : 0;
    const end = text.indexOf(" ", first + 2 * AROUND);
    const until = end < 0 ? text.length : end;
    if (from) parent.append("… ");
    text.slice(from, until).split(words).forEach((part, number) => {
      const node = number % 2 ? document.createElement("mark") : document.createTextNode("");
      node.textContent = part;
      parent.append(node);
    });
    if (until < text.length) parent.append(" …");
  }

  for (const result of results) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = result.id;
    link.textContent = result.title || result.page;
    item.append(link);
    if (result.page !== result.title) item.append(` in ${result.page}`);
    const context = document.createElement("p");
    context.className = "context";
    snippet(context, result.text, result.terms);
    item.append(context);
    list.append(item);
  }
})();
