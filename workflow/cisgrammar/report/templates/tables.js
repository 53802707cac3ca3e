// Sorts and filters the tables that table.html.j2 makes.
"use strict";
for (const box of document.querySelectorAll("section[data-table]")) {
  const body = box.querySelector("tbody"), rows = Array.from(body.rows);
  const heads = Array.from(box.querySelectorAll("th")), said = box.querySelector("output");
  const value = (row, column) => {
    const text = row.cells[column].dataset.value ?? row.cells[column].textContent;
    const number = text === "" ? NaN : Number(text);
    return heads[column].dataset.type === "number" ? number : text;
  };
  const sort = (column) => {
    const up = heads[column].getAttribute("aria-sort") !== "ascending", sign = up ? 1 : -1;
    const order = up ? "ascending" : "descending";
    heads.forEach((head, i) => head.setAttribute("aria-sort", i === column ? order : "none"));
    const keyed = rows.map((row, i) => [value(row, column), i, row]);
    keyed.sort(([a, i], [b, j]) => {
      const gone = [a, b].map((v) => typeof v === "number" && Number.isNaN(v));
      if (gone[0] !== gone[1]) return gone[0] ? 1 : -1;
      if (gone[0] || a === b) return i - j;
      return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
    });
    body.append(...keyed.map(([, , row]) => row));
  };
  heads.forEach((head, i) => head.querySelector("button")?.addEventListener("click", () => sort(i)));
  const inputs = Array.from(box.querySelectorAll("[data-filter]"));
  const passes = (row, input) => {
    if (input.value === "") return true;
    const [how, column] = input.dataset.filter.split(":");
    if (how === "text") return row.textContent.toLowerCase().includes(input.value.toLowerCase());
    if (how === "is") return value(row, Number(column)) === input.value;
    const number = value(row, Number(column));
    return how === "below" ? number < Number(input.value) : number >= Number(input.value);
  };
  const filter = () => {
    for (const row of rows) row.hidden = !inputs.every((input) => passes(row, input));
    said.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  for (const input of inputs) input.addEventListener("input", filter);
  box.querySelector("[data-clear]").addEventListener("click", () => {
    for (const input of inputs) input.value = "";
    filter();
  });
  filter();
}
