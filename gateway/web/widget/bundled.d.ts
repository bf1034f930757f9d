// What the bundler puts in.

/** A style sheet is its minified text. */
declare module "*.css" {
  const text: string;
  export default text;
}

/** The files in locales/, each language's texts in the order of the keys. */
declare module "locales" {
  export type Key = keyof typeof import("./locales/en.json");
  export const keys: readonly Key[];
  export const languages: Readonly<Record<string, readonly string[]>>;
}
