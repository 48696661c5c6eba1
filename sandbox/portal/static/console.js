// What the pages need beyond htmx: saying what arrived, pausing, copying, and moving through rows by arrow keys.
"use strict";

(() => {
  const LIVE = 300;
  const WINDOW = 50;
  const WINDOWS = 200;
  const SPEAK_EVERY = 1000;
  const GATHER = 100;
  const GLOW = 4;
  const RETRY = 2000;
  let unspoken = 0;
  let speaking = null;
  let arrived = [];
  let gathering = null;
  let paused = false;
  let lost = false;

  const one = (selector) => document.querySelector(selector);

  const speak = () => {
    speaking = null;
    const what = one("#live")?.dataset.what ?? "entry";
    const status = one("#arrivals");
    const named = unspoken === 1 ? what : `${what.replace(/y$/, "ie")}s`;
    if (status && unspoken) status.textContent = `${unspoken} new ${named}`;
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

  const rowsIn = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    return [...made.content.children];
  };

  // A row that is there already is replaced; another goes before the first that is older.
  const place = (row) => {
    const there = document.getElementById(row.id);
    if (there) return there.replaceWith(row);
    let next = one("#rows").firstElementChild;
    while (next && Number(next.dataset.key) > Number(row.dataset.key)) next = next.nextElementSibling;
    one("#rows").insertBefore(row, next);
  };

  // Rows that arrive together are put in together: a burst costs a few repaints, not one each.
  const put = () => {
    gathering = null;
    if (paused || !arrived.length) return;
    gathering = setTimeout(put, GATHER);
    const rows = arrived;
    arrived = [];
    if (rows.length <= GLOW) for (const row of rows) row.classList.add("fresh");
    rows.forEach(place);
    trim();
  };

  document.addEventListener("htmx:sse:before:message", (event) => {
    const { message } = event.detail;
    if (message.event) return;
    event.preventDefault();
    const rows = rowsIn(message.data).reverse();
    arrived.push(...rows);
    count(rows.length);
    if (!gathering) put();
  });

  document.addEventListener("htmx:sse:after:message", (event) => {
    if (event.detail.message.event === "stale") location.reload();
    else count(1);
  });

  const pause = (button) => {
    paused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(paused));
    if (!gathering) put();
  };

  const connection = (isLost) => {
    if (isLost === lost) return;
    lost = isLost;
    const status = one("#connection");
    if (status) status.textContent = lost ? "The server does not answer. Trying again…" : "";
  };

  // Where the key is not good any more, the page asks for another.
  const isShutOut = (status) => status === 401 || status === 403;

  document.addEventListener("htmx:sse:error", ({ detail }) => {
    if (isShutOut(detail.status)) location.reload();
    else connection(true);
  });
  document.addEventListener("htmx:sse:after:connection", () => connection(false));

  // The first connection is an ordinary request: only later ones are made again by the stream itself.
  const connectAgain = () => {
    connection(true);
    setTimeout(() => htmx.trigger(one("#live"), "again"), RETRY);
  };

  document.addEventListener("htmx:before:response", (event) => {
    const { sourceElement, response } = event.detail.ctx;
    if (sourceElement.id !== "live" || response.status < 400) return;
    event.preventDefault();
    if (isShutOut(response.status)) location.reload();
    else connectAgain();
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.target.id === "live") return connectAgain();
    const notice = one("#unanswered")?.content.cloneNode(true);
    if (notice) one("#notice").replaceChildren(notice);
  });

  // A clock on the page goes on while the world's does.
  const seen = new WeakMap();
  const tick = () => {
    for (const clock of document.querySelectorAll("time[data-runs]")) {
      if (!seen.has(clock)) seen.set(clock, performance.now());
      const now = new Date(Date.parse(clock.dateTime) + performance.now() - seen.get(clock));
      clock.textContent = now.toISOString().slice(0, 19).replace("T", " ");
    }
  };
  tick();
  setInterval(tick, 1000);

  const copy = async (button) => {
    const before = button.dataset.said ??= button.textContent;
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(one(button.dataset.copy).textContent);
    } catch {
      getSelection().selectAllChildren(one(button.dataset.copy));
      said = "Press Ctrl+C";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = before; }, 1500);
    const status = one("#arrivals");
    if (status) status.textContent = said;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("copy" in button.dataset) copy(button);
    if ("pause" in button.dataset) pause(button);
    if ("dismiss" in button.dataset) dismiss();
  });

  // A notice stands at the end of the page; for the keyboard it comes right after what it answers.
  let asker = null;
  document.addEventListener("htmx:config:request", ({ detail }) => {
    const at = document.activeElement;
    if (detail.ctx.sourceElement.contains(at)) asker = at;
  });

  const dismiss = () => {
    const notice = one("#notice");
    if (notice?.contains(document.activeElement)) asker?.focus();
    notice?.replaceChildren();
  };

  const visit = (event) => {
    const stops = [...document.querySelectorAll("#notice :is(a, button)")], at = document.activeElement;
    if (!stops.length || !asker?.isConnected) return;
    const goal = at === asker && !event.shiftKey ? stops[0] : at === stops[0] && event.shiftKey ? asker : null;
    if (goal) event.preventDefault();
    else if (at === stops.at(-1) && !event.shiftKey) asker.focus(); // and on from there
    goal?.focus();
  };

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") dismiss();
    if (event.key === "Tab") visit(event);
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !event.target.closest?.(".row")) return;
    const links = [...document.querySelectorAll("#list .row > a")];
    const next = links[links.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
