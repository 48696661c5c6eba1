// Who looks, and at which world: the key and the workspace of this tab. Neither is put anywhere else.
"use strict";

(() => {
  const KEY = "sandbox-key";
  const WORKSPACE = "sandbox-workspace";
  const tab = sessionStorage;
  const one = (selector) => document.querySelector(selector);
  const asked = (address, key) => fetch(address, { headers: { "X-API-Key": key }, cache: "no-store" });
  const said = (text) => { one("#key-said").textContent = text; };
  const here = () => location.pathname + location.search;

  const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

  /** The page as the server made it, in place of the one that is there. */
  const show = (made, address) => {
    history.replaceState(history.state, "", new URL(address).pathname + new URL(address).search + location.hash);
    document.title = made.title;
    document.body.replaceWith(document.adoptNode(made.body));
    document.documentElement.classList.remove("waiting");
    remember();
    htmx.process(document.body);
    one(location.hash || "[autofocus]")?.scrollIntoView();
  };

  const remember = () => {
    const workspace = one("[data-workspace]")?.dataset.workspace;
    if (workspace) tab.setItem(WORKSPACE, workspace);
    else tab.removeItem(WORKSPACE);
    for (const button of document.querySelectorAll("[data-sign-out]")) button.hidden = !tab.getItem(KEY);
  };

  const signIn = async (form) => {
    const key = form.querySelector("#key").value.trim();
    const address = form.dataset.then || here();
    try {
      if (/[^\x21-\x7e]/.test(key)) return said("That is no API key: it has letters that no key has.");
      const answer = await asked(address, key), made = await read(answer);
      if (answer.status === 401 || answer.status === 403) return said(made.querySelector(".why").textContent);
      tab.setItem(KEY, key);
      show(made, answer.url);
      one("#main").focus({ preventScroll: true });
    } catch {
      said("The server does not answer.");
    }
  };

  const signOut = () => {
    tab.removeItem(KEY);
    location.reload();
  };

  /** A file is asked for with the key, too. */
  const save = async (link) => {
    const answer = await asked(link.href, tab.getItem(KEY));
    if (!answer.ok) return location.reload();
    const file = document.createElement("a");
    file.href = URL.createObjectURL(await answer.blob());
    file.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))?.[1] ?? "";
    file.click();
    URL.revokeObjectURL(file.href);
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "sign-in") return;
    event.preventDefault();
    signIn(event.target);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (event.target.closest("[data-sign-out]")) signOut();
    if (!link || !tab.getItem(KEY) || link.protocol === "blob:") return;
    event.preventDefault();
    save(link);
  });

  document.addEventListener("htmx:config:request", (event) => {
    const key = tab.getItem(KEY);
    if (key) event.detail.ctx.request.headers["X-API-Key"] = key;
  });

  document.addEventListener("htmx:after:swap", remember);

  // The world that was looked at last; one that is named in the address is looked at instead.
  const last = tab.getItem(WORKSPACE);
  if (location.pathname === "/" && last && last !== "ws_default") {
    return location.replace(`/console/${encodeURIComponent(last)}`);
  }

  // A page that the browser asked for came without the key: it is asked for again, with it, before it is seen.
  const key = tab.getItem(KEY);
  const answering = key && asked(here(), key).catch(() => null);
  if (key) document.documentElement.classList.add("waiting");
  document.addEventListener("DOMContentLoaded", async () => {
    if (!key) return remember();
    const bare = document.body;
    document.body = document.createElement("body");
    const answer = await answering;
    if (answer) return show(await read(answer), answer.url);
    document.body = bare;
    document.documentElement.classList.remove("waiting");
  });
})();
