"""The frame of the interactive table: how it looks, and how it sorts and filters."""

STYLE = """
:root { --text: #1b1f24; --back: #fff; --line: #d7dce1; --soft: #f4f6f8; --fill: #9cc3e6; --edge: #b03a00 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e7eb; --back: #15191d; --line: #3a424a; --soft: #1f252b; --fill: #2f5f8a; --edge: #ff9d5c }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; color: var(--text); background: var(--back) }
p { max-width: 60rem }
fieldset { border: 1px solid var(--line); margin: 1rem 0 .5rem; padding: .5rem .8rem; display: flex; flex-wrap: wrap;
  gap: .5rem 1.2rem; align-items: center }
input, select, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line) }
input[type=number] { width: 6rem }
.scroll { overflow: auto; max-height: 75vh; border: 1px solid var(--line) }
table { border-collapse: collapse; font-size: .85rem; width: 100% }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle;
  white-space: nowrap }
td.number { text-align: right; font-variant-numeric: tabular-nums }
th { position: sticky; top: 0; background: var(--soft) }
th button { border: 0; background: none; padding: 0; cursor: pointer; font-weight: 600 }
th[aria-sort=ascending] button::after { content: " \\25B2" }
th[aria-sort=descending] button::after { content: " \\25BC" }
:focus-visible { outline: 2px solid var(--edge); outline-offset: 1px }
.base-A { fill: #009e73 } .base-C { fill: #0072b2 } .base-G { fill: #e69f00 } .base-T { fill: #d55e00 }
.before { fill: var(--fill) } .after { fill: none; stroke: var(--edge); stroke-width: 1.2 }
.middle { stroke: var(--line) }
@media print { .scroll { max-height: none; overflow: visible } fieldset { display: none } }
"""

SCRIPT = """
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
"""
