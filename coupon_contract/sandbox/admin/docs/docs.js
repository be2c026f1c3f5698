"use strict";
const login = JSON.parse(document.getElementById("login").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);
window.ui = SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  queryConfigEnabled: false,
  requestInterceptor: (request) => {
    request.credentials = "omit"; // the browser would add the control key as Authorization
    return request;
  },
  onComplete: () => { if (login) window.ui.preauthorizeBasic(login.scheme, login.user, login.password); },
});
