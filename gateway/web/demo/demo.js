// The demo page's own script: the colour scheme that the address asks for, the widget's tag, and the questions on the
// page that open the chat. ?theme=dark|light  ?locale=es  ?key=pk_…  ?position=left  ?open

(() => {
  "use strict";
  const wish = new URLSearchParams(location.search);
  const pick = (name, allowed, otherwise) => (allowed.includes(wish.get(name)) ? wish.get(name) : otherwise);
  const theme = pick("theme", ["light", "dark"], "auto");
  if (theme !== "auto") document.documentElement.dataset.theme = theme;

  function addWidget() {
    const tag = document.createElement("script");
    tag.async = true;
    tag.src = "/widget.js";
    tag.dataset.locale = wish.get("locale") || "en";
    tag.dataset.theme = theme;
    tag.dataset.title = "Vireo help";
    for (const name of ["key", "position", "open"]) {
      if (wish.has(name)) tag.dataset[name] = wish.get(name);
    }
    document.body.append(tag);
  }

  /** Asks in the chat, also while the widget is still loading. */
  function ask(question) {
    const send = () => {
      window.SupportChat.open();
      window.SupportChat.send(question);
    };
    if (window.SupportChat) send();
    else window.addEventListener("supportchat", send, { once: true });
  }

  function linkThemes() {
    const dark = theme === "auto" ? window.matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    const link = document.getElementById("theme");
    const other = new URLSearchParams(wish);
    other.set("theme", dark ? "light" : "dark");
    link.href = "?" + other;
    link.querySelector("span").textContent = dark ? "Light" : "Dark";
  }

  document.addEventListener("DOMContentLoaded", () => {
    linkThemes();
    addWidget();
    document.addEventListener("click", (e) => {
      const button = e.target.closest("[data-ask]");
      if (button) ask(button.dataset.ask);
    });
    document.getElementById("ask").addEventListener("submit", (e) => {
      e.preventDefault();
      const field = document.getElementById("question");
      ask(field.value.trim() || field.placeholder);
      field.value = "";
    });
  });
})();
