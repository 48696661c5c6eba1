// <sandbox-booking practitioner-id | assignment-id [offering-id] key [api] [lang]>: an appointment, held while it is filled in.

const DAYS_AHEAD = 28;
const TAKEN = [
  "SLOT_UNAVAILABLE", "SLOT_ALREADY_BOOKED", "SLOT_HELD", "SLOT_IN_PAST", "SLOT_NOT_ALIGNED", "HOLD_EXPIRED",
  "HOLD_NOT_OWNED", "BOOKING_WINDOW_VIOLATION", "PRACTITIONER_UNAVAILABLE", "CALENDAR_DISABLED", "OFFERING_INACTIVE",
];

class BookingWidget extends Widget {
  static observedAttributes = ["practitioner-id", "assignment-id", "offering-id", "key", "api", "lang"];

  async load(current) {
    const assignmentId = this.getAttribute("assignment-id");
    const post = assignmentId ? await this.api.get(`/api/v1/assignments/${encodeURIComponent(assignmentId)}`) : null;
    const practitionerId = post?.practitionerId ?? this.getAttribute("practitioner-id") ?? "";
    const practitioner = await this.api.get(`/api/v1/practitioners/${encodeURIComponent(practitionerId)}`);
    const posts = post ? [post] : await this.postsOf(practitioner);
    const offers = await Promise.all(posts.map((each) => this.offersOf(each)));
    if (!current()) return;
    this.practitioner = practitioner;
    const wanted = this.getAttribute("offering-id");
    this.offers = offers.flat().filter((offer) => !wanted || offer.id === wanted);
    this.slots = [];
    if (!this.offers.length) return this.show(practitioner.displayName, this.notice(this.say("nothingOffered"), "quiet"));
    const usual = this.offers.find((offer) => offer.isDefault) ?? this.offers[0];
    await this.choose(usual);
  }

  /** Where the practitioner can be booked. */
  async postsOf({ id }) {
    const all = await this.api.get("/api/v1/assignments", { practitionerId: id, status: "active", pageSize: 100 });
    return all.data.filter((post) => post.calendarStatus === "enabled");
  }

  async offersOf(post) {
    const list = { status: "active", expand: "service", pageSize: 100 };
    const [location, offers] = await Promise.all([
      this.api.get(`/api/v1/locations/${post.locationId}`),
      this.api.get(`/api/v1/assignments/${post.id}/offerings`, list),
    ]);
    return offers.data.filter((offer) => offer.isVisible).map((offer) => ({ ...offer, post, location }));
  }

  // choosing a time

  async choose(offer, trouble = "") {
    this.offer = offer;
    this.ahead = 1;
    this.hold = null;
    await this.findDays();
    this.drawTimes(trouble);
  }

  /** One free slot of each day that has any. */
  async findDays() {
    const { offer } = this;
    const from = this.api.now;
    const to = new Date(from.getTime() + this.ahead * DAYS_AHEAD * 86_400_000);
    const span = { from: from.toISOString(), to: to.toISOString(), offeringId: offer.id, limitPerDay: 1 };
    this.days = await this.api.all(`/api/v1/assignments/${offer.post.id}/slots`, span);
    const day = this.days.find((slot) => slot.localStart.slice(0, 10) === this.day) ?? this.days[0];
    await this.findTimes(day);
  }

  /** The free slots of the day that a slot is on. */
  async findTimes(day) {
    this.day = day?.localStart.slice(0, 10);
    this.slots = [];
    if (!day) return;
    const from = new Date(day.startsAt);
    const span = { from: from.toISOString(), to: new Date(from.getTime() + 86_400_000).toISOString(), offeringId: this.offer.id };
    const found = await this.api.all(`/api/v1/assignments/${this.offer.post.id}/slots`, span);
    this.slots = found.filter((slot) => slot.localStart.slice(0, 10) === this.day);
  }

  drawTimes(trouble = "") {
    const { offer } = this;
    this.fields = [];
    this.time = null;
    this.times = make("div", { class: "choices times" });
    const form = this.form(this.say("continue"), () => this.take(), this.services(), this.dayChoice(), make("fieldset", {}, this.timesLegend(), this.times));
    this.fillTimes();
    this.show(this.title(), make("p", { class: "where" }, this.place(offer)), trouble && this.notice(trouble), form);
  }

  title() {
    return this.say("bookWith", { name: this.practitioner.displayName });
  }

  place({ location }) {
    return [location.name, location.street, location.city].filter(Boolean).join(", ");
  }

  services() {
    if (this.offers.length === 1) return make("p", { class: "service" }, this.described(this.offer));
    const several = new Set(this.offers.map((offer) => offer.location.id)).size > 1;
    const control = make("select", { onchange: () => this.change(() => this.choose(this.offers[control.selectedIndex])) });
    for (const offer of this.offers) {
      const text = several ? `${this.described(offer)} – ${offer.location.name}` : this.described(offer);
      control.append(make("option", { value: offer.id, selected: offer === this.offer }, text));
    }
    return new Field(this, "/offeringId", this.say("service"), control).element;
  }

  described(offer) {
    const name = offer.customName ?? offer.service?.name ?? this.say("booking");
    const free = offer.price && Number(offer.price.amount) === 0;
    const price = offer.price ? (free ? this.say("free") : this.money(offer.price)) : null;
    const from = offer.priceFrom && !free ? this.say("priceFrom", { price }) : price;
    return [name, this.say("minutes", { count: offer.durationMinutes }), from].filter(Boolean).join(" · ");
  }

  dayChoice() {
    if (!this.days.length) return this.notice(this.say("noSlots"), "quiet");
    const control = make("select", { onchange: () => this.change(() => this.pick(this.days[control.selectedIndex])) });
    for (const slot of this.days) {
      const text = this.date(slot.startsAt, this.offer.location.timezone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
      control.append(make("option", { value: slot.localStart.slice(0, 10), selected: slot.localStart.startsWith(this.day) }, text));
    }
    const field = new Field(this, "/startsAt", this.say("day"), control);
    const more = make("button", { type: "button", class: "link", onclick: () => this.change(() => this.later()) }, this.say("laterDays"));
    return make("div", {}, field.element, this.ahead * DAYS_AHEAD < this.offer.post.maxHorizonDays ? more : null);
  }

  async later() {
    this.ahead += 1;
    await this.findDays();
    this.drawTimes();
  }

  async pick(day) {
    await this.findTimes(day);
    this.fillTimes();
    this.announce(this.say("timesFound", { count: this.slots.length }), false);
  }

  /** Ask for something else to choose from, and let nothing be chosen meanwhile that is about to go; what goes wrong is said. */
  async change(ask) {
    const active = this.shadowRoot.activeElement, focused = active?.id;
    const others = [...this.shadowRoot.querySelectorAll("select, fieldset, button")].filter((each) => each !== active);
    for (const each of others) each.disabled = true;
    this.announce(this.say("loading"));
    try {
      await ask();
    } catch (refusal) {
      return this.fail(refusal);
    } finally {
      for (const each of others) each.disabled = false;
    }
    if (focused) this.shadowRoot.getElementById(focused)?.focus();
  }

  timesLegend() {
    const at = this.days[0]?.startsAt ?? this.api.now;
    return make("legend", {}, this.say("time"), make("small", {}, ` ${this.zone(at, this.offer.location.timezone)}`));
  }

  fillTimes() {
    this.time = null;
    this.times.replaceChildren(...this.slots.map((slot) => {
      const radio = make("input", { type: "radio", name: "time", value: slot.startsAt, onchange: () => (this.time = slot) });
      const shown = this.date(slot.startsAt, this.offer.location.timezone, { timeStyle: "short" });
      return make("label", {}, radio, make("span", {}, shown));
    }));
  }

  /** Keep the place while the rest is filled in. */
  async take() {
    this.announce("");
    if (!this.time) {
      this.announce(this.say("chooseTime"));
      (this.times.querySelector("input") ?? this.shadowRoot.querySelector("select"))?.focus();
      return;
    }
    const { startsAt } = this.time;
    this.hold = await this.api.post("/api/v1/slot-holds", { assignmentId: this.offer.post.id, offeringId: this.offer.id, startsAt, ttlSeconds: 600 });
    this.drawDetails();
  }

  // saying who comes

  drawDetails() {
    const { offer, hold } = this;
    const zone = offer.location.timezone;
    this.fields = [];
    const required = { required: true, maxlength: 100 };
    this.given = this.input("/customer/givenName", "givenName", { ...required, autocomplete: "given-name" });
    this.family = this.input("/customer/familyName", "familyName", { ...required, autocomplete: "family-name" });
    this.email = this.input("/customer/email", "email", { type: "email", required: true, autocomplete: "email", maxlength: 254 });
    this.phone = this.input("/customer/phone", "phone", { type: "tel", autocomplete: "tel", maxlength: 20 }, { hint: this.say("phoneHint") });
    this.born = this.bornField();
    this.comment = new Field(this, "/comment", this.say("comment"), make("textarea", { rows: 2, maxlength: 500 }), { optional: this.say("optional") });
    this.privacy = this.checkbox("/customer/dataPrivacyConsent", this.say("consent_privacy"));
    const back = make("button", { type: "button", class: "plain", onclick: () => this.back() }, this.say("otherTime"));
    const fields = [this.given, this.family, this.email, this.phone, this.born, this.comment, this.privacy];
    this.show(
      this.say("yourDetails"),
      this.facts([
        [this.say("service"), this.described(offer)],
        [this.say("when"), this.when(hold)],
        [this.say("where"), this.place(offer)],
      ]),
      make("p", { class: "hint" }, this.say("heldUntil", { at: this.date(hold.expiresAt, zone, { timeStyle: "short" }) })),
      this.form(this.say("book"), () => this.book(), fields.filter(Boolean).map((field) => field.element)),
      back,
    );
  }

  bornField() {
    const { allowedCustomers: allowed, post } = this.offer;
    const aged = allowed && (allowed.minimumAge != null || allowed.maximumAge != null);
    const rule = post.extraFields?.birthDate;
    if (!aged && rule !== "required") return null;
    return this.input("/customer/birthDate", "birthDate", { type: "date", autocomplete: "bday", required: true });
  }

  when({ startsAt }) {
    const { timezone } = this.offer.location;
    return make("span", {}, this.moment(startsAt, timezone), make("small", {}, this.zone(startsAt, timezone)));
  }

  facts(pairs) {
    return make("dl", { class: "facts" }, pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  }

  async book() {
    if (this.privacy.empty) {
      throw new Refusal(400, { code: "CONSENT_REQUIRED", target: this.privacy.target, message: this.say("agree") });
    }
    const written = { phone: this.phone.value.replace(/[ ()/-]/g, ""), birthDate: this.born?.value };
    const booking = await this.api.post("/api/v1/bookings", {
      holdId: this.hold.id,
      customer: {
        givenName: this.given.value,
        familyName: this.family.value,
        email: this.email.value,
        dataPrivacyConsent: true,
        ...Object.fromEntries(Object.entries(written).filter(([, value]) => value)),
      },
      ...(this.comment.value ? { comment: this.comment.value } : {}),
    });
    this.hold = null;
    this.emit("booked", booking);
    this.done(booking);
  }

  /** Somebody else was faster: say so, and show what is free now. */
  settle(refusal) {
    if (!TAKEN.includes(refusal.code)) return false;
    const text = this.say(refusal.code === "HOLD_EXPIRED" ? "holdExpired" : "slotTaken");
    this.choose(this.offer, text).catch((error) => this.fail(error));
    return true;
  }

  async back() {
    const { hold } = this;
    try {
      if (hold) await this.api.call("DELETE", `/api/v1/slot-holds/${hold.id}`);
      await this.choose(this.offer);
    } catch (refusal) {
      this.fail(refusal);
    }
  }

  done(booking) {
    const state = booking.status === "confirmed" ? "booked" : booking.payment?.status === "unpaid" ? "bookedToPay" : "bookedPending";
    const due = state === "bookedToPay" && booking.price ? [[this.say("due"), this.money(booking.price)]] : [];
    this.show(
      this.say(`${state}Title`),
      make("p", { class: "big" }, this.say(`${state}Text`, { email: this.email.value })),
      this.facts([
        [this.say("number"), make("strong", { class: "code" }, booking.code)],
        [this.say("when"), this.when(booking)],
        [this.say("where"), this.place(this.offer)],
        ...due,
      ]),
    );
  }
}

customElements.get("sandbox-registration") ?? customElements.define("sandbox-registration", RegistrationWidget);
customElements.get("sandbox-booking") ?? customElements.define("sandbox-booking", BookingWidget);
