// What the pages need beyond htmx: saying what arrived, pausing, copying, and moving through rows by arrow keys.
"use strict";

(() => {
  const LIVE = 300;
  const WINDOW = 50;
  const WINDOWS = 200;
  const SPEAK_EVERY = 1000;
  let unspoken = 0;
  let speaking = null;
  let held = null;

  const one = (selector) => document.querySelector(selector);

  const speak = () => {
    speaking = null;
    const what = one("#live")?.dataset.what ?? "entry";
    const status = one("#arrivals");
    if (status && unspoken) status.textContent = `${unspoken} new ${what}${unspoken === 1 ? "" : what.endsWith("y") ? "" : "s"}`.replace("deliverys", "deliveries");
    unspoken = 0;
  };

  const count = (number) => {
    unspoken += number;
    speaking ??= setTimeout(speak, SPEAK_EVERY);
  };

  // The list that grows stays short: its older rows move into windows, which cost nothing while out of sight.
  const trim = () => {
    const rows = one("#rows");
    const most = Number(one("#list")?.dataset.most ?? 0);
    while (most && rows.childElementCount > most) rows.lastElementChild.remove();
    if (!rows || most) return;
    while (rows.childElementCount > LIVE) {
      const window = document.createElement("ol");
      window.className = "rows window";
      window.setAttribute("aria-label", "Older ones");
      window.append(...[...rows.children].slice(-WINDOW));
      rows.after(window);
    }
    const windows = document.querySelectorAll("#list > .window");
    for (const far of [...windows].slice(WINDOWS)) far.remove();
  };

  const idsIn = (html) => [...html.matchAll(/<li class="row" id="([^"]+)"/g)].map((found) => found[1]);

  document.addEventListener("htmx:sse:before:message", (event) => {
    const { message } = event.detail;
    if (held === null || message.event) return;
    held.push(message.data);
    event.preventDefault();
    count(idsIn(message.data).length);
  });

  document.addEventListener("htmx:sse:after:message", (event) => {
    const { message } = event.detail;
    if (message.event === "stale") return location.reload();
    if (message.event) return count(1);
    const ids = idsIn(message.data);
    for (const id of ids) document.getElementById(id)?.classList.add("fresh");
    count(ids.length);
    trim();
  });

  const pause = (button) => {
    const paused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(paused));
    if (paused) {
      held = [];
      return;
    }
    const missed = held;
    held = null;
    const live = one("#live");
    for (const text of missed) {
      htmx.swap({ sourceElement: live, target: one("#rows"), swap: live.getAttribute("hx-swap"), text });
    }
    trim();
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(one(button.dataset.copy).textContent);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
    const status = one("#arrivals");
    if (status) status.textContent = "Copied";
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("copy" in button.dataset) copy(button);
    if ("pause" in button.dataset) pause(button);
    if ("dismiss" in button.dataset) button.closest(".notice").remove();
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") one("#notice").replaceChildren();
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !event.target.closest?.(".row")) return;
    const links = [...document.querySelectorAll("#list .row > a")];
    const next = links[links.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
