// Shows one of the two contracts; nothing is asked of any other host.
const documents = { platform: "/openapi.json", control: "/sandbox/v1/openapi.json" };
const asked = new URLSearchParams(window.location.search).get("document");
const current = asked in documents ? asked : "platform";

document.querySelector(`[data-document="${current}"]`).setAttribute("aria-current", "page");

window.ui = SwaggerUIBundle({
  url: documents[current],
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  oauth2RedirectUrl: `${window.location.origin}/docs/assets/swagger-ui/oauth2-redirect.html`,
  presets: [SwaggerUIBundle.presets.apis],
});
