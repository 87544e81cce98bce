// Small comforts only: every page works without this file.
"use strict";

// Bytes travel in forms and pages as base64url, as the WebAuthn standard writes them.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// What the page asks of the device, and what the device said, as JSON.
async function ask(kind, options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials])
    for (const known of list || []) known.id = bytes(known.id);
  const key = await navigator.credentials[kind === "add" ? "create" : "get"]({ publicKey: options });
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (key.response[name]) said[name] = text(key.response[name]);
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: said });
}

function passkeys() {
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const words = form.querySelector("[data-fault]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (words) words.textContent = "";
      try {
        form.elements.answer.value = await ask(form.dataset.passkey, JSON.parse(form.dataset.options));
        form.submit();
      } catch {
        if (words) words.textContent = "The device gave no passkey. Try again, or use another way.";
      }
    });
  }
}

// Two minutes before a session ends for idleness, a dialog asks; other tabs of the same person count, too.
function idle() {
  const dialog = document.getElementById("idle");
  if (!dialog) return;
  const limit = Number(dialog.dataset.seconds) * 1000, warning = Number(dialog.dataset.warning) * 1000;
  const tabs = new BroadcastChannel("tidewaiter");
  const left = document.getElementById("idle-left");
  let seen = Date.now();
  const stay = () => {
    seen = Date.now();
    if (dialog.open) dialog.close();
  };
  tabs.addEventListener("message", stay);
  document.body.addEventListener("htmx:afterRequest", () => { stay(); tabs.postMessage("seen"); });
  tabs.postMessage("seen");
  document.getElementById("idle-stay").addEventListener("click", async () => {
    const answer = await fetch("/me/stay", { headers: { "HX-Request": "true" }, redirect: "manual" });
    if (answer.status !== 204) return void location.assign("/sign-in");
    stay();
    tabs.postMessage("seen");
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  setInterval(() => {
    const rest = seen + limit - Date.now();
    if (rest <= 0) return void location.assign("/sign-in");
    if (rest > warning) return;
    const words = rest > 60000 ? "less than two minutes" : rest > 30000 ? "less than one minute" : "a few seconds";
    if (left.textContent !== words) left.textContent = words;
    if (!dialog.open) dialog.showModal();
  }, 1000);
}

document.addEventListener("DOMContentLoaded", () => {
  const faults = document.getElementById("faults");
  if (faults) faults.focus();
  passkeys();
  idle();
});
