// Passkeys: the browser's part. A page without it, or a browser that can't, uses the other ways.
"use strict";

function ask(form, address, body, type) {
  const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
  if (type) headers["Content-Type"] = type;
  return fetch(address, { method: "POST", credentials: "same-origin", headers, body });
}

// --- Bytes as base64url, in which the server speaks ---------------------------------------------------
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  let plain = "";
  for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function readable(options) {
  const found = { ...options, challenge: bytes(options.challenge) };
  if (options.user) found.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) found[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return found;
}

function sayable(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

// --- One round: the server's question, the device, the answer, the page that follows ---------------------
async function said(response) {
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(found.words || "");
  return found;
}

async function round(form) {
  const makes = form.dataset.passkey === "make";
  const question = await said(await ask(form, form.action, new FormData(form)));
  const publicKey = readable(question.publicKey);
  const credential = makes
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const answer = await said(await ask(form, form.dataset.answer, sayable(credential), "application/json"));
  location.assign(answer.next);
}

// While it is captured: lianxin.js, which shuts the buttons of a form on its way, sees that this one stays.
document.addEventListener("submit", onSubmit, true);

async function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  const words = form.querySelector("[data-passkey-words]");
  words.hidden = true;
  try {
    await round(form);
  } catch (error) {
    // A cancelled dialogue has no words of the server's.
    const own = error instanceof DOMException ? "" : error.message;
    words.textContent = own || form.dataset.failed;
    words.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-can]").forEach((part) => (part.hidden = false));
  document.querySelectorAll("[data-passkey-cannot]").forEach((part) => (part.hidden = true));
}
