// Marks what matched: data-ranges="[[from, to], …]", in UTF-16 units of the element's text.

/** Cuts `length` units at ranges: `[[from, to, isMarked], …]` without gaps. Ranges that overlap become one. */
export function cuts(length, ranges) {
  const inside = ranges
    .map(([from, to]) => [Math.max(0, from), Math.min(length, to)])
    .filter(([from, to]) => from < to)
    .sort((a, b) => a[0] - b[0]);
  const pieces = [];
  let at = 0;
  for (const [from, to] of inside) {
    if (from > at) {
      pieces.push([at, from, false]);
    }
    const last = pieces.at(-1);
    if (last?.[2] && from <= at) {
      last[1] = Math.max(last[1], to);
    } else {
      pieces.push([Math.max(from, at), to, true]);
    }
    at = Math.max(at, to);
  }
  if (at < length) {
    pieces.push([at, length, false]);
  }
  return pieces;
}

/** Marks the ranges of one element. Its children, if any, stay: marks go around parts of texts. */
export function mark(element, ranges) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let end = 0;
  while (walker.nextNode()) {
    nodes.push([walker.currentNode, end]);
    end += walker.currentNode.length;
  }
  for (const [node, start] of nodes) {
    const { data } = node;
    const pieces = cuts(data.length, ranges.map(([from, to]) => [from - start, to - start]));
    if (pieces.some((piece) => piece[2])) {
      node.replaceWith(
        ...pieces.map(([from, to, isMarked]) => {
          const part = document.createTextNode(data.slice(from, to));
          if (!isMarked) {
            return part;
          }
          const marked = document.createElement("mark");
          marked.className = "ww-match";
          marked.append(part);
          return marked;
        }),
      );
    }
  }
}

/** Marks everything below `root` that has `data-ranges`, once. */
export function markAll(root) {
  const run = () => {
    for (const element of root.querySelectorAll("[data-ranges]")) {
      const ranges = JSON.parse(element.dataset.ranges);
      delete element.dataset.ranges;
      mark(element, ranges);
    }
  };
  run();
  document.addEventListener("ww-changed", run);
}
