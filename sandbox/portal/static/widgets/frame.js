// A widget that fills a frame: tells the page around it how tall it is and what happened, without anybody's data.

const widget = document.querySelector("sandbox-registration, sandbox-booking");
const tell = (message) => window.parent.postMessage(message, "*");
new ResizeObserver(() => tell({ type: "sandbox:height", height: document.documentElement.offsetHeight })).observe(document.documentElement);
for (const type of ["sandbox:registered", "sandbox:booked", "sandbox:error"]) {
  widget.addEventListener(type, ({ detail }) => tell({ type, id: detail.id ?? null, status: detail.status ?? null, code: detail.code ?? null }));
}
