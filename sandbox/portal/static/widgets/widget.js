// A widget: an element with a shadow tree of its own, a style sheet that needs no inline style, and a way to say things.

class Widget extends HTMLElement {
  static sheet = null;

  connectedCallback() {
    if (!this.shadowRoot) {
      Widget.sheet ??= new CSSStyleSheet();
      if (!Widget.sheet.cssRules.length) Widget.sheet.replaceSync(STYLE);
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [Widget.sheet];
    }
    this.begin();
  }

  attributeChangedCallback(_name, before, after) {
    if (this.isConnected && this.shadowRoot && before !== after) this.begin();
  }

  /** Draw everything anew; what an earlier beginning still waits for is forgotten. */
  async begin() {
    const turn = (this.turn = Symbol("turn"));
    this.begun = false;
    this.language = languageOf(this);
    this.fields = [];
    this.api = new Api(this.getAttribute("api") || HOME, this.getAttribute("key") || "", this.language);
    this.body = make("div", { class: "body" });
    this.live = make("p", { class: "live", role: "status" });
    const card = make("section", { class: "card", lang: this.language }, this.body, this.live);
    this.shadowRoot.replaceChildren(card);
    this.body.append(make("p", { class: "wait" }, this.say("loading")));
    try {
      await this.load(() => turn === this.turn);
    } catch (refusal) {
      if (turn === this.turn) this.fail(refusal);
    }
  }

  say(name, values) {
    return say(this.language, name, values);
  }

  /** For everybody who does not see the page change; what the page shows anyway is only spoken. */
  announce(text, seen = true) {
    this.live.classList.toggle("unseen", !seen);
    this.live.textContent = text;
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`sandbox:${name}`, { bubbles: true, composed: true, detail }));
  }

  money({ amount, currency }) {
    return new Intl.NumberFormat(this.language, { style: "currency", currency }).format(amount);
  }

  date(instant, zone, form) {
    return new Intl.DateTimeFormat(this.language, { timeZone: zone, ...form }).format(new Date(instant));
  }

  moment(instant, zone) {
    return this.date(instant, zone, { dateStyle: "full", timeStyle: "short" });
  }

  /** The zone as people call it, with its name in the time zone database. */
  zone(instant, zone) {
    const format = new Intl.DateTimeFormat(this.language, { timeZone: zone, timeZoneName: "long" });
    const part = format.formatToParts(new Date(instant)).find((each) => each.type === "timeZoneName");
    return `${part.value} (${zone})`;
  }

  /** What stands there from now on; the heading gets the focus unless the page has just been opened. */
  show(heading, ...children) {
    const title = make("h2", { tabindex: "-1" }, heading);
    this.body.replaceChildren(title, ...children.flat().filter(Boolean));
    this.live.textContent = "";
    if (this.begun) title.focus();
    this.begun = true;
  }

  /** Something happened that has nothing to do with one field. */
  notice(text, kind = "bad") {
    return make("p", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : "note" }, text);
  }

  messageOf(refusal) {
    if (refusal.code === "NO_ANSWER") return this.say("noAnswer");
    if (refusal.status === 429) return this.say("tooMany");
    return refusal.message;
  }

  tell(refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    const { code, message, status, correlationId } = refusal;
    this.emit("error", { code, message, status, correlationId });
  }

  /** Nothing can be shown at all. */
  fail(refusal) {
    this.tell(refusal);
    const again = make("button", { type: "button", class: "plain", onclick: () => this.begin() }, this.say("again"));
    const { status } = refusal, reason = this.messageOf(refusal);
    const text = status === 404 ? this.say("gone") : [401, 403].includes(status) ? `${this.say("notSetUp")} ${reason}` : reason;
    this.body.replaceChildren(this.notice(text), again);
  }

  input(target, name, members = {}, told = {}) {
    const field = new Field(this, target, this.say(name), make("input", { type: "text", ...members }), {
      ...told,
      optional: members.required ? "" : this.say("optional"),
    });
    return field;
  }

  checkbox(target, label) {
    return new Field(this, target, label, make("input", { type: "checkbox", required: true }));
  }

  /** A form that sends once at a time and shows beside its fields what the API says of them. */
  form(button, send, ...children) {
    const summary = make("div", { class: "summary", tabindex: "-1", role: "alert", hidden: true });
    const submit = make("button", { type: "submit", class: "main" }, button);
    const form = make("form", { novalidate: true }, summary, ...children, submit);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.getAttribute("aria-disabled")) return;
      submit.setAttribute("aria-disabled", "true");
      this.announce(this.say("sending"));
      summary.hidden = true;
      for (const field of this.fields) field.complain("");
      try {
        await send();
      } catch (refusal) {
        this.announce("");
        this.tell(refusal);
        if (!this.settle?.(refusal)) this.complain(summary, refusal);
      } finally {
        submit.removeAttribute("aria-disabled");
      }
    });
    return form;
  }

  /** Every fault at its field and in the summary, which gets the focus. */
  complain(summary, refusal) {
    const told = new Set();
    const missing = this.fields.filter((field) => field.element.isConnected && field.control.required && field.empty);
    const faults = refusal.status === 400 ? [...refusal.faults, ...missing] : refusal.faults;
    const items = faults.flatMap((fault) => {
      const field = this.fieldAt(fault.target);
      if (field && told.has(field)) return [];
      told.add(field);
      const text = this.explain(field, fault, refusal);
      field?.complain(text);
      if (!field) return [make("li", {}, text)];
      const jump = make("button", { type: "button", class: "link", onclick: () => field.control.focus() });
      jump.append(`${field.label.replace(/[.。]$/, "")}: ${text}`);
      return [make("li", {}, jump)];
    });
    const title = this.say(items.length === 1 ? "oneFault" : "manyFaults", { count: items.length });
    summary.replaceChildren(make("h3", {}, title), make("ul", {}, items));
    summary.hidden = false;
    summary.focus();
  }

  /** The field that a target names, or the nearest around it. */
  fieldAt(target) {
    const here = this.fields.filter((field) => field.element.isConnected && field.target);
    for (let place = target ?? ""; place; place = place.slice(0, place.lastIndexOf("/"))) {
      const found = here.find((field) => field.target === place);
      if (found) return found;
    }
    const below = here.filter((field) => target && field.target.startsWith(`${target}/`));
    return below.find((field) => field.empty) ?? below[0];
  }

  explain(field, fault, refusal) {
    if (field?.empty) return this.say(field.control.type === "checkbox" ? "agree" : "fillIn");
    if (fault.code !== "VALIDATION_ERROR") return fault.message || this.messageOf(refusal);
    if (field?.control.type === "email") return this.say("wrongEmail");
    if (field?.control.type === "tel") return this.say("wrongPhone");
    return this.say("wrongValue");
  }
}
