for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const numeric = head.classList.contains("number");
    const key = (row) => numeric ? parseFloat(row.cells[column].dataset.value) : row.cells[column].textContent;
    const order = (a, b) => numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
    // Cells without a number stay last, whichever way.
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]).sort(([a], [b]) =>
      Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : up ? order(a, b) : order(b, a));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }));
}
