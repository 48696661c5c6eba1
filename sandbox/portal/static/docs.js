// Shows one of the two contracts; nothing is asked of any other host.
const documents = { platform: "/openapi.json", control: "/sandbox/v1/openapi.json" };
const asked = new URLSearchParams(window.location.search).get("document");
const current = asked in documents ? asked : "platform";

document.querySelector(`[data-document="${current}"]`).setAttribute("aria-current", "page");

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

// The key that the reader signed in with at the console, else the published one of every world.
const unlock = () => window.ui.preauthorizeApiKey("apiKey", sessionStorage.getItem("sandbox-key") ?? "sk_sandbox_partner_demo");

// Calls go to the world that was looked at last in this tab, which is then said.
const world = sessionStorage.getItem("sandbox-workspace") ?? "ws_default";
const isElsewhere = world !== "ws_default";
const direct = (request) => {
  if (isElsewhere && !request.loadSpec) request.headers["X-Sandbox-Workspace"] = world;
  return request;
};
if (isElsewhere) {
  const said = document.createElement("p");
  said.textContent = `Calls go to the workspace ${world}.`;
  document.querySelector("header").append(said);
}

// What Swagger UI leaves without a name, or out of the keyboard's reach.
const name = () => {
  document.querySelector("#servers")?.setAttribute("aria-label", "Server");
  for (const field of document.querySelectorAll("tr[data-param-name] :is(select, input, textarea):not([aria-label])")) {
    field.setAttribute("aria-label", field.closest("tr").dataset.paramName);
  }
  for (const body of document.querySelectorAll(".body-param textarea:not([aria-label])")) body.setAttribute("aria-label", "Request body");
  for (const example of document.querySelectorAll("pre.microlight:not([tabindex])")) example.tabIndex = 0;
};
new MutationObserver(name).observe(document.querySelector("#swagger-ui"), { childList: true, subtree: true });

window.ui = SwaggerUIBundle({
  url: documents[current],
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  onComplete: unlock,
  requestInterceptor: direct,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  oauth2RedirectUrl: `${window.location.origin}/docs/assets/swagger-ui/oauth2-redirect.html`,
  presets: [SwaggerUIBundle.presets.apis],
});
