// <sandbox-registration event-id key [api] [lang] [payment-url]>: places at an event.

const GONE = ["EVENT_SOLD_OUT", "TICKET_TYPE_SOLD_OUT", "EVENT_CANCELLED", "REGISTRATION_WINDOW_CLOSED"];

class RegistrationWidget extends Widget {
  static observedAttributes = ["event-id", "key", "api", "lang", "payment-url"];

  async load(current) {
    const path = `/api/v1/events/${encodeURIComponent(this.getAttribute("event-id") ?? "")}`;
    const [event, types] = await Promise.all([this.api.get(path), this.api.all(`${path}/ticket-types`)]);
    if (!current()) return;
    this.event = event;
    this.types = types.filter((type) => type.status === "active");
    this.draw();
  }

  draw(trouble = "") {
    const { event } = this;
    const now = this.api.now.toISOString();
    const { opensAt, closesAt, waitlistEnabled } = event.registration;
    const closed =
      (event.status === "cancelled" && this.say("eventCancelled")) ||
      (opensAt && now < opensAt && this.say("opensAt", { at: this.moment(opensAt, event.timezone) })) ||
      ((event.status !== "published" || now > (closesAt ?? event.startsAt)) && this.say("closed")) ||
      (!this.types.some((type) => this.onSale(type)) && !trouble && !event.availability.soldOut && this.say("noTickets"));
    this.waiting = waitlistEnabled && event.availability.soldOut;
    const full = event.availability.soldOut && !waitlistEnabled;
    const notice = closed || (full && this.say("soldOut"));
    this.show(
      event.name,
      this.about(),
      trouble && this.notice(trouble),
      notice ? this.notice(notice, "quiet") : this.order(),
    );
  }

  onSale(type) {
    const now = this.api.now.toISOString();
    if ((type.salesStartsAt && now < type.salesStartsAt) || (type.salesEndsAt && now > type.salesEndsAt)) return false;
    return type.remaining !== 0 || this.event.registration.waitlistEnabled;
  }

  about() {
    const { event } = this;
    const format = { dateStyle: "full", timeStyle: "short", timeZone: event.timezone };
    const when = new Intl.DateTimeFormat(this.language, format).formatRange(new Date(event.startsAt), new Date(event.endsAt));
    const where = event.venue ? [event.venue.name, event.venue.street, event.venue.city].filter(Boolean).join(", ") : this.say("online");
    return make(
      "div",
      { class: "about" },
      event.summary ? make("p", {}, event.summary) : null,
      make("dl", {},
        make("div", {}, make("dt", {}, this.say("when")), make("dd", {}, when, make("small", {}, this.zone(event.startsAt, event.timezone)))),
        make("div", {}, make("dt", {}, this.say("where")), make("dd", {}, where)),
      ),
    );
  }

  order() {
    this.fields = [];
    this.tickets = this.types.map((type) => this.ticket(type));
    this.name = this.input("/contact/name", "name", { autocomplete: "name", required: true, maxlength: 200 });
    this.email = this.input("/contact/email", "email", { type: "email", autocomplete: "email", required: true, maxlength: 254 });
    this.promo = this.input("/promoCode", "promo", { autocomplete: "off", maxlength: 40 });
    this.others = make("div", { class: "others" });
    this.total = make("p", { class: "total" });
    this.consents = this.event.registration.requiredConsents.map((purpose, number) => ({
      purpose,
      field: this.checkbox(`/consents/${number}`, WORDS.en[`consent_${purpose}`] ? this.say(`consent_${purpose}`) : this.say("consent", { purpose: purpose.replaceAll("_", " ") })),
    }));
    const paid = this.types.some((type) => Number(type.price?.amount ?? 0) > 0);
    const form = this.form(
      this.say(this.waiting ? "joinWaitlist" : "register"),
      () => this.send(),
      this.waiting ? this.notice(this.say("waitlistOffer"), "quiet") : null,
      make("fieldset", { class: "tickets" }, make("legend", {}, this.say("tickets")), this.tickets.map((each) => each.element)),
      make("fieldset", {}, make("legend", {}, this.say("contact")), this.name.element, this.email.element),
      this.others,
      paid ? this.promo.element : null,
      this.consents.map((each) => each.field.element),
      this.total,
    );
    this.count(false);
    return form;
  }

  /** One type of ticket and how many of it. */
  ticket(type) {
    const soldOut = type.remaining === 0 && !this.waiting;
    const most = Math.min(type.maxPerOrder, this.waiting ? 100 : type.remaining ?? 100, 20);
    const counts = soldOut || !this.onSale(type) ? [] : Array.from({ length: most }, (_, each) => each + 1).filter((each) => each >= type.minPerOrder);
    const only = this.types.length === 1;
    const control = make("select", { onchange: () => this.count(true), disabled: !counts.length });
    for (const each of only && counts.length ? counts : [0, ...counts]) control.append(make("option", { value: each }, String(each)));
    const price = Number(type.price?.amount ?? 0) > 0 ? this.money(type.price) : this.say("free");
    const left = !counts.length ? this.say("typeSoldOut") : type.remaining !== null && type.remaining <= 10 && !this.waiting ? this.say("left", { count: type.remaining }) : "";
    const hint = [price, type.admits > 1 ? this.say("admits", { count: type.admits }) : "", type.taxIncluded ? "" : this.say("plusTax"), left].filter(Boolean).join(" · ");
    const field = new Field(this, null, type.name, control, { hint });
    return { type, control, field, element: field.element };
  }

  chosen() {
    return this.tickets.filter((each) => Number(each.control.value) > 0).map((each) => ({ ...each, quantity: Number(each.control.value) }));
  }

  /** What changes with the number of tickets: targets of the fields, further persons, and the sum. */
  count(aloud) {
    const kept = this.persons ?? [];
    this.fields = this.fields.filter((field) => !kept.some((person) => person.includes(field)));
    this.persons = [];
    const chosen = this.chosen();
    for (const each of this.tickets) each.field.target = null;
    let units = 0;
    chosen.forEach((each, item) => {
      each.field.target = `/items/${item}/quantity`;
      units += Number(each.type.price?.amount ?? 0) * each.quantity;
      for (let number = 0; number < each.quantity * each.type.admits; number++) {
        if (item === 0 && number === 0) continue;
        this.persons.push(this.person(`/items/${item}/attendees/${number}`, kept[this.persons.length]));
      }
    });
    this.others.replaceChildren(...this.persons.map((fields, number) =>
      make("fieldset", {}, make("legend", {}, this.say("person", { number: number + 2 })), fields.map((field) => field.element))));
    const currency = chosen[0]?.type.price?.currency ?? this.event.currencies[0];
    this.total.textContent = units > 0 ? this.say("total", { amount: this.money({ amount: units, currency }) }) : chosen.length ? this.say("totalFree") : this.say("chooseTickets");
    if (aloud) this.announce(this.total.textContent, false);
  }

  /** Whoever fills the form in is the first who comes. */
  fieldAt(target) {
    return super.fieldAt(target?.replace("/items/0/attendees/0/", "/contact/"));
  }

  person(target, before) {
    const fields = [
      this.input(`${target}/name`, "name", { required: true, maxlength: 200 }),
      this.input(`${target}/email`, "email", { type: "email", maxlength: 254 }),
    ];
    fields.forEach((field, number) => (field.control.value = before?.[number].control.value ?? ""));
    return fields;
  }

  async send() {
    const rest = this.persons.map(([name, email]) => ({ name: name.value, ...(email.value ? { email: email.value } : {}) }));
    const everyone = [{ name: this.name.value, ...(this.email.value ? { email: this.email.value } : {}) }, ...rest];
    const items = this.chosen().map(({ type, quantity }) => ({
      ticketTypeId: type.id,
      quantity,
      attendees: everyone.splice(0, quantity * type.admits),
    }));
    if (!items.length) return this.choose();
    const registration = await this.api.post("/api/v1/registrations", {
      eventId: this.event.id,
      contact: { name: this.name.value, email: this.email.value, locale: this.language },
      items,
      consents: this.consents.map(({ purpose, field }) => ({ purpose, granted: field.control.checked })),
      source: "web",
      ...(this.promo.value ? { promoCode: this.promo.value } : {}),
    });
    this.emit("registered", registration);
    this.done(registration);
  }

  /** Nothing is chosen: no need to ask the API. */
  choose() {
    const [first] = this.tickets.filter((each) => !each.control.disabled);
    first?.field.complain(this.say("chooseTickets"));
    first?.control.focus();
    this.announce("");
  }

  /** Places that went while the form was filled in: show what is left now. */
  settle(refusal) {
    if (!GONE.includes(refusal.code)) return false;
    const filled = { name: this.name.control.value, email: this.email.control.value };
    this.load(() => true)
      .then(() => {
        this.draw(this.messageOf(refusal));
        if (!this.name.element.isConnected) return;
        this.name.control.value = filled.name;
        this.email.control.value = filled.email;
      })
      .catch((error) => this.fail(error));
    return true;
  }

  done(registration) {
    const { status, code, totals } = registration;
    const due = Number(totals.due.amount) > 0;
    const state = status === "pending" ? (due && registration.expiresAt ? "toPay" : "toApprove") : status;
    const facts = [[this.say("number"), make("strong", { class: "code" }, code)]];
    if (status === "waitlisted") facts.push([this.say("position"), String(registration.waitlistPosition)]);
    if (Number(totals.discount.amount) > 0) facts.push([this.say("discount"), this.money(totals.discount)]);
    if (due && status !== "waitlisted") facts.push([this.say("due"), make("strong", {}, this.money(totals.due))]);
    this.show(
      this.say(`${state}Title`),
      make("p", { class: "big" }, this.say(`${state}Text`, { email: registration.contact.email, event: this.event.name })),
      make("dl", { class: "facts" }, facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
      state === "toPay" ? this.payment(registration) : null,
    );
  }

  /** A key in a page takes no money: the page's own server does, and says where. */
  payment(registration) {
    const until = this.say("payUntil", { at: this.moment(registration.expiresAt, this.event.timezone) });
    const address = (this.getAttribute("payment-url") ?? "").replaceAll("{registrationId}", registration.id).replaceAll("{code}", registration.code);
    const safe = address && /^https?:$/.test(new URL(address, location.href).protocol);
    return make("div", { class: "pay" },
      make("p", {}, until),
      safe ? make("a", { class: "main", href: address }, this.say("payNow")) : make("p", {}, this.say("payLater", { code: registration.code })),
      safe ? null : make("p", { class: "hint" }, this.say("payHint"), " ", make("code", {}, `POST /api/v1/payments {"subject": {"type": "registration", "id": "${registration.id}"}}`)),
    );
  }
}
