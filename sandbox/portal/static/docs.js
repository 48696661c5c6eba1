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

window.ui = SwaggerUIBundle({
  url: documents[current],
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  onComplete: unlock,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  oauth2RedirectUrl: `${window.location.origin}/docs/assets/swagger-ui/oauth2-redirect.html`,
  presets: [SwaggerUIBundle.presets.apis],
});
