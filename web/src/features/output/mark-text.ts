/** The most marks on a page: more would say nothing and cost much. */
const MOST = 2000;

/** Wraps every place of `text` under `root` in <mark>. Returns the marks. Works on text nodes, so markup in the output stays text. */
export function markText(root: HTMLElement, text: string): HTMLElement[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const nodes: Text[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  const marks: HTMLElement[] = [];
  for (let node of nodes) {
    for (;;) {
      const at = node.data.toLowerCase().indexOf(wanted);
      if (at === -1 || marks.length >= MOST) break;
      const hit = node.splitText(at);
      const rest = hit.splitText(wanted.length);
      const mark = document.createElement('mark');
      hit.replaceWith(mark);
      mark.append(hit);
      marks.push(mark);
      node = rest;
    }
  }
  return marks;
}

/** Takes the marks out again and leaves the text as it was. */
export function unmark(root: HTMLElement): void {
  for (const mark of root.querySelectorAll('mark')) {
    const parent = mark.parentElement;
    mark.replaceWith(...mark.childNodes);
    parent?.normalize();
  }
}
