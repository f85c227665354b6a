// Comfort in tables: a box that ticks all, ticking a run with Shift, rows that lead where their link leads.

/** Enhances the tables below `root`. Listens above them, so that parts that are replaced keep working. */
export function tables(root) {
  let last;
  root.addEventListener("change", ({ target }) => {
    const table = target.closest?.("[data-select-table]");
    if (!table || target.type !== "checkbox") {
      return;
    }
    const all = table.querySelector("[data-select-all]");
    const boxes = [...table.querySelectorAll("tbody input[type=checkbox]:enabled")];
    if (target === all) {
      boxes.forEach((box) => (box.checked = all.checked));
    } else if (all) {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  });
  root.addEventListener("click", (event) => {
    const { target } = event;
    const box = target.closest?.("[data-select-table] tbody input[type=checkbox]");
    if (box) {
      if (event.shiftKey && last && last !== box) {
        const boxes = [...box.closest("table").querySelectorAll("tbody input[type=checkbox]:enabled")];
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(Math.max(from, 0), to + 1).forEach((one) => (one.checked = box.checked));
      }
      last = box;
      return;
    }
    const row = target.closest?.("tr[data-href]");
    if (row && !target.closest("a,button,input,label,select,summary,textarea") && !String(getSelection())) {
      if (event.ctrlKey || event.metaKey) {
        open(row.dataset.href, "_blank", "noopener");
      } else {
        location.assign(row.dataset.href);
      }
    }
  });
}
