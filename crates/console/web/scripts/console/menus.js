// Menus are <details>; with scripts they close as menus do. The current place of the navigation is brought into view.

/** Enhances `details.ww-person` and `details.ww-menu`. */
export function menus(root) {
  const opened = () => root.querySelectorAll("details.ww-person[open],details.ww-menu[open]");
  root.addEventListener("click", ({ target }) => {
    opened().forEach((menu) => menu.contains(target) || (menu.open = false));
  });
  root.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") {
      opened().forEach((menu) => {
        const isInside = menu.contains(document.activeElement);
        menu.open = false;
        if (isInside) {
          menu.querySelector("summary").focus();
        }
      });
    }
  });
  root.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget) {
      opened().forEach((menu) => menu.contains(relatedTarget) || (menu.open = false));
    }
  });
  const bar = root.querySelector(".ww-nav");
  const here = bar?.querySelector("[aria-current]");
  if (here && bar.scrollWidth > bar.clientWidth) {
    const [inner, outer] = [here.getBoundingClientRect(), bar.getBoundingClientRect()];
    bar.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  }
}
