// Bars of links that scroll: the page that is shown is in view.

/** Scrolls each bar, and nothing else, until its current link stands in its middle. */
export function centreCurrent() {
  for (const bar of document.querySelectorAll(".ww-nav, .ww-tabs")) {
    const current = bar.querySelector("[aria-current]");
    if (current && bar.scrollWidth > bar.clientWidth) {
      const [here, around] = [current.getBoundingClientRect(), bar.getBoundingClientRect()];
      bar.scrollLeft += here.left + here.width / 2 - around.left - around.width / 2;
    }
  }
}
