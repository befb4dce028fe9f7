// Small helpers for elements. Data reaches the page as text only, never as markup.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element: properties, `data` and `aria`-like attributes (keys with a dash), children or text. */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') node.className = value;
    else if (name.includes('-') || name === 'role' || name === 'scope') node.setAttribute(name, value === true ? '' : value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets the text only if it changed, so that selections and screen readers are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets or, for null, removes an attribute. */
export function setAttr(node, name, value) {
  if (value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Shows a figure: text for people, the exact value beside it for machines. */
export function setFigure(node, name, text, value) {
  setText(node, text);
  setAttr(node, 'data-figure', name);
  setAttr(node, 'data-value', value ?? '');
}

/** Replaces what is in the node. */
export function fill(node, ...children) {
  node.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}
