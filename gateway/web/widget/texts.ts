// The widget's words: one JSON file for each language in locales/. A new file there is a new language.

import { keys, languages } from "locales";
import type { Key } from "locales";

export type { Key };

export class Texts {
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
  readonly #texts: readonly string[];

  /** Takes the language of a BCP 47 tag such as "pt-BR"; English where there is no file for it. */
  constructor(locale: string) {
    const primary = locale.toLowerCase().split(/[-_]/)[0] ?? "";
    this.lang = languages[primary] ? primary : "en";
    this.#texts = languages[this.lang] ?? [];
    this.dir = /^(ar|fa|he|ur)$/.test(this.lang) ? "rtl" : "ltr";
  }

  /** The text with its {name} placeholders filled. */
  readonly t = (key: Key, values: Record<string, string | number> = {}): string =>
    (this.#texts[keys.indexOf(key)] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export type T = Texts["t"];
