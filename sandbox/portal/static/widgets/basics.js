// What both widgets are made of: elements, words, fields, and the way to the API.

const HOME = new URL(document.currentScript?.src ?? location.href).origin;

/** An element with properties, listeners (`on…`), attributes (`data-…`, `aria-…`, `for`, …) and children. */
function make(tag, members = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(members)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** The sentence in a language, with `{name}` replaced. */
function say(language, name, values = {}) {
  const sentence = (WORDS[language] ?? WORDS.en)[name] ?? WORDS.en[name] ?? name;
  return sentence.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** The first of the wanted languages that there are words in. */
function languageOf(element) {
  const wanted = [element.getAttribute("lang"), ...(navigator.languages ?? [navigator.language])];
  const known = wanted.filter(Boolean).map((tag) => tag.slice(0, 2).toLowerCase());
  return known.find((tag) => tag in WORDS) ?? "en";
}

/** An answer of the API that is an error, or no answer at all. */
class Refusal extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.correlationId = error.correlationId ?? null;
    this.faults = error.errors?.length ? error.errors : [{ code: error.code, target: error.target, message: error.message }];
  }
}

/** Calls with one key. A POST that got no answer keeps its Idempotency-Key when it is sent again. */
class Api {
  constructor(base, key, language) {
    this.base = base.replace(/\/+$/, "");
    this.headers = { "X-API-Key": key, Accept: "application/json", "Accept-Language": language };
    this.unanswered = new Map();
    this.now = new Date();
  }

  get(path, query = {}) {
    const search = new URLSearchParams(query).toString();
    return this.call("GET", search ? `${path}?${search}` : path);
  }

  /** Every item of a list, page after page. */
  async all(path, query = {}) {
    const found = [];
    let cursor = null;
    do {
      const page = await this.get(path, { pageSize: 100, ...query, ...(cursor ? { cursor } : {}) });
      found.push(...page.data);
      cursor = page.pagination?.nextCursor;
    } while (cursor);
    return found;
  }

  async post(path, body) {
    const text = JSON.stringify(body);
    const attempt = path + text;
    const key = this.unanswered.get(attempt) ?? randomKey();
    this.unanswered.set(attempt, key);
    const answer = await this.call("POST", path, text, { "Content-Type": "application/json", "Idempotency-Key": key });
    this.unanswered.delete(attempt);
    return answer;
  }

  /** The answer; one that was refused for coming too fast is asked for again. */
  async call(method, path, body, headers = {}, patience = 3) {
    let answer;
    try {
      const options = { method, body, headers: { ...this.headers, ...headers }, cache: "no-store", credentials: "omit" };
      answer = await fetch(this.base + path, options);
    } catch {
      throw new Refusal(0, { code: "NO_ANSWER", message: "" });
    }
    this.now = new Date((answer.headers.get("X-Sandbox-Clock") ?? "").split(";")[0] || Date.now());
    const told = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (answer.ok) return told;
    const wait = Number(answer.headers.get("Retry-After"));
    if (answer.status === 429 && wait <= 10 && patience > 0) {
      await new Promise((done) => setTimeout(done, wait * 1000));
      return this.call(method, path, body, headers, patience - 1);
    }
    if (answer.status < 500 && answer.status !== 429) this.unanswered.clear();
    throw new Refusal(answer.status, told?.error ?? { code: "NO_ANSWER", message: "" });
  }
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A labelled control, its error beside it, known by the place in the request that errors name. */
class Field {
  constructor(form, target, label, control, { optional = "", hint = "" } = {}) {
    Object.assign(this, { target, label, control });
    control.id = `field-${form.fields.length}`;
    this.error = make("p", { class: "error", id: `${control.id}-error`, hidden: true });
    const described = [hint ? `${control.id}-hint` : "", `${control.id}-error`].filter(Boolean).join(" ");
    control.setAttribute("aria-describedby", described);
    const name = make("label", { for: control.id }, label, optional ? make("small", {}, ` ${optional}`) : null);
    const below = hint ? make("p", { class: "hint", id: `${control.id}-hint` }, hint) : null;
    const parts = control.type === "checkbox" ? [make("div", { class: "check" }, control, name)] : [name, control];
    this.element = make("div", { class: "field" }, ...parts, below, this.error);
    control.addEventListener("input", () => this.complain(""));
    form.fields.push(this);
  }

  get value() {
    return this.control.value.trim();
  }

  get empty() {
    return this.control.type === "checkbox" ? !this.control.checked : this.value === "";
  }

  complain(message) {
    this.error.textContent = message;
    this.error.hidden = !message;
    if (message) this.control.setAttribute("aria-invalid", "true");
    else this.control.removeAttribute("aria-invalid");
  }
}
