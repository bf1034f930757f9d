// Making elements. Text goes in as text nodes only; nothing here, or anywhere in the widget, parses markup.

export type Child = Node | string | null | undefined | false;
type Value = string | boolean | ((e: Event) => void) | undefined;

/** Makes an element. A function value listens to the event that its key names; true sets an empty attribute. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (typeof value === "function") el.addEventListener(key, value);
    else if (value === true) el.setAttribute(key, "");
    else if (typeof value === "string") el.setAttribute(key, value);
  }
  for (const c of children) if (c) el.append(c);
  return el;
}

/** Makes a push button that submits nothing. */
export const button = (cls: string, label: Child, press: () => void, attrs: Record<string, Value> = {}) =>
  h("button", { type: "button", class: cls, click: press, ...attrs }, label);

const paths = {
  chat: "M12 3c5 0 9 3.4 9 7.7s-4 7.8-9 7.8c-1 0-2-.1-2.9-.4L4.6 20.6l.8-3.9C3.9 15.2 3 13.1 3 10.7 3 6.4 7 3 12 3Z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  restart: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
  up: "M7 10.5v9H4v-9zM7 10.5 11 3c1.5 0 2.5 1 2.5 2.6V9h5c1.2 0 2 1 1.8 2.2l-1.1 6.5c-.2 1-1 1.8-2 1.8H7",
  down: "M17 13.5v-9h3v9zM17 13.5 13 21c-1.5 0-2.5-1-2.5-2.6V15h-5c-1.2 0-2-1-1.8-2.2l1.1-6.5c.2-1 1-1.8 2-1.8H17",
};

export type Icon = keyof typeof paths;

/** Draws one of the widget's icons, hidden from assistive technology: its button has the name. */
export function icon(name: Icon): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "i-" + name);
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}
