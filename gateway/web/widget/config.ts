// What the page says about the widget, read from the attributes of its script tag.

export interface Config {
  /** Where the gateway is, with a slash at the end. */
  base: string;
  /** The publishable key; "" where the gateway asks for none. */
  key: string;
  /** What the operator's backend has signed of the customer; missing where nobody is logged in. */
  identity: string | undefined;
  locale: string;
  theme: "light" | "dark" | "auto";
  /** "" where the page does not say: the end of the line in the language's direction. */
  side: "left" | "right" | "";
  title: string;
  open: boolean;
  /** Idle seconds after an answer until the customer is asked to rate the conversation. */
  surveyAfter: number;
}

export function readConfig(tag: HTMLScriptElement): Config {
  const d = tag.dataset;
  const theme = d.theme;
  return {
    base: new URL(".", tag.src).href,
    key: d.key ?? "",
    identity: d.identity,
    locale: d.locale || document.documentElement.lang || navigator.language || "en",
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    side: d.position === "left" || d.position === "right" ? d.position : "",
    title: d.title ?? "",
    open: "open" in d && d.open !== "false",
    surveyAfter: Number(d.surveyAfter) || 120,
  };
}
