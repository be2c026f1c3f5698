// Give each cell of a table the text of its column's head: on a phone, site.css shows rows as blocks with these labels.
for (const table of document.querySelectorAll("table.docutils")) {
  const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  if (heads.length < 3) continue; // two columns fit
  table.classList.add("labelled");
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.cells].forEach((cell, column) => { 
      cell.dataset.label = heads[column] || "";
      cell.classList.toggle("nothing", cell.textContent.trim() === "none");
    });
  }
}
