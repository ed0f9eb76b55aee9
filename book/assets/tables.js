// Tells each cell of a table the name of its column: on a phone, where a row is a block and the
// heading is not shown, the name stands before the cell.
"use strict";

for (const table of document.querySelectorAll("main table")) {
  const columns = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.cells].forEach((cell, place) => {
      // The first cell is what its row is about.
      if (place > 0 && columns[place]) cell.dataset.column = columns[place];
    });
  }
}
