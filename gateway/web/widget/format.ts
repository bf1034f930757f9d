// A reply's text as elements: paragraphs, line breaks, lists, bold words and [n] markers. Everything else stays text.

import { h, type Child } from "./dom";
import type { Citation } from "./types";

/** Returns the address if it may be linked to: http or https only. */
export function safeURL(url: string): string {
  try {
    const u = new URL(url);
    return /^https?:$/.test(u.protocol) ? u.href : "";
  } catch {
    return "";
  }
}

/** Links to a source in a tab of its own, or shows it as text where it has no address. */
export function sourceLink(c: Citation, cls: string, label: string | undefined, ...content: Child[]): HTMLElement {
  const href = safeURL(c.url);
  if (!href) return h("span", { class: cls }, ...content);
  return h(
    "a",
    { class: cls, href, target: "_blank", rel: "noopener noreferrer", "aria-label": label },
    ...content,
  );
}

function inline(text: string, citations: Citation[], label: (c: Citation) => string): (Node | string)[] {
  // Two kinds of span: **bold** and [n].
  return text.split(/(\*\*[^*\n]+\*\*|\s?\[\d{1,2}\])/).map((piece) => {
    const bold = /^\*\*(.+)\*\*$/.exec(piece);
    if (bold) return h("strong", {}, bold[1] ?? "");
    const marker = /^\s?\[(\d+)\]$/.exec(piece);
    const cited = marker && citations.find((c) => c.n === Number(marker[1]));
    return cited ? sourceLink(cited, "cite", label(cited), String(cited.n)) : piece;
  });
}

const item = /^\s*(?:[-*•]|(\d{1,2})[.)])\s+/;

/** Formats text. Markers without a citation stay as they were written. */
export function format(text: string, citations: Citation[], label: (c: Citation) => string): HTMLElement[] {
  const blocks: HTMLElement[] = [];
  let open: HTMLElement | null = null;
  for (const line of text.split("\n")) {
    const m = item.exec(line);
    if (m) {
      const tag = m[1] ? "OL" : "UL";
      if (open?.tagName !== tag) {
        open = m[1] ? h("ol", { start: m[1] }) : h("ul");
        blocks.push(open);
      }
      open.append(h("li", {}, ...inline(line.slice(m[0].length), citations, label)));
    } else if (!line.trim()) {
      open = null;
    } else if (open?.tagName === "P") {
      open.append(h("br"), ...inline(line, citations, label));
    } else {
      open = h("p", {}, ...inline(line, citations, label));
      blocks.push(open);
    }
  }
  return blocks;
}
