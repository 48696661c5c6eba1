// The page for integrators: choose what the widgets show, copy what embeds them, see what they tell their page.

const registration = document.querySelector("sandbox-registration");
const booking = document.querySelector("sandbox-booking");

function attributes(widget) {
  return widget.getAttributeNames().map((name) => ` ${name}="${widget.getAttribute(name)}"`).join("");
}

function snippets() {
  for (const widget of [registration, booking]) {
    const tag = widget.localName;
    const script = `<script src="${location.origin}/widgets/v1/widget.js" defer></script>`;
    document.getElementById(`${tag}-snippet`).textContent = `${script}\n<${tag}${attributes(widget)}></${tag}>`;
  }
}

function choose(id, change) {
  const control = document.getElementById(id);
  control.addEventListener("change", () => {
    change(control.value);
    snippets();
  });
}

choose("event", (value) => registration.setAttribute("event-id", value));
choose("practitioner", (value) => booking.setAttribute("practitioner-id", value));
choose("language", (value) => {
  for (const widget of [registration, booking]) {
    if (value) widget.setAttribute("lang", value);
    else widget.removeAttribute("lang");
  }
});

for (const button of document.querySelectorAll("button[data-copies]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    document.getElementById("copied").textContent = "Copied.";
  });
}

for (const type of ["sandbox:registered", "sandbox:booked", "sandbox:error"]) {
  document.addEventListener(type, ({ detail }) => {
    const told = Object.fromEntries(["id", "code", "status", "message"].filter((name) => detail[name] !== undefined).map((name) => [name, detail[name]]));
    const item = document.createElement("li");
    item.textContent = `${type} ${JSON.stringify(told)}`;
    document.getElementById("events").prepend(item);
  });
}

snippets();
