// Small helps; every page works without them.
"use strict";

document.documentElement.classList.add("lx-js");

// --- Double taps: a form that is on its way keeps its buttons shut --------------------------------
function setSending(form, sending) {
  for (const button of form.elements) {
    if (button.type !== "submit") continue;
    if (sending && !button.disabled) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    } else if (!sending && button.hasAttribute("aria-busy")) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  // htmx prevents the default and minds its own buttons; a GET or a new tab leaves this page usable.
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  keepKey(form);
  // After this event: a button disabled now would be missing from what is sent.
  setTimeout(() => setSending(form, true));
  // An answer that is a download never leaves the page.
  setTimeout(() => release(form), 10000);
});

function release(form) {
  delete form.dataset.sending;
  setSending(form, false);
}

// Back, then Send again: the page may come anew from the server with another key, while the browser puts the old
// words in. With the key of before, what was sent already is known.
function keyOf(form) {
  return form.querySelector("input[type=hidden][name=key]");
}

function keepKey(form) {
  const key = keyOf(form);
  if (key) history.replaceState({ ...history.state, keys: { ...history.state?.keys, [form.action]: key.value } }, "");
}

function bringKeysBack() {
  if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
  for (const form of document.forms) {
    const key = keyOf(form);
    key?.setAttribute("value", history.state?.keys?.[form.action] ?? key.value);
  }
}

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sending]").forEach(release);
});

// --- A code in the address: #CODE is never sent to the server by itself ------------------------------
function trackFromHash() {
  const form = document.querySelector("form[data-track-from-hash]");
  const code = location.hash.slice(1);
  if (!form || !/^[A-Za-z0-9-]{12,64}$/.test(code)) return;
  form.querySelector("input:not([type=hidden])").value = code;
  history.replaceState(null, "", location.pathname + location.search);
  form.requestSubmit();
}

// --- Dependent selects ---------------------------------------------------------------------------------
// <select data-parent="id-of-the-parent">, whose options carry data-parent="value of the parent".
const complete = new WeakMap();

function optionsOf(select) {
  if (!complete.has(select)) complete.set(select, select.cloneNode(true));
  return complete.get(select);
}

function narrow(select) {
  const parent = document.getElementById(select.dataset.parent);
  if (!parent) return;
  const all = optionsOf(select).cloneNode(true);
  const allowed = parent.value ? [parent.value] : Array.from(parent.options, (option) => option.value);
  for (const option of Array.from(all.options)) {
    if (option.dataset.parent && !allowed.includes(option.dataset.parent)) option.remove();
  }
  for (const group of Array.from(all.querySelectorAll("optgroup"))) {
    if (!group.children.length) group.remove();
  }
  const chosen = select.value;
  select.replaceChildren(...all.childNodes);
  select.value = chosen;
  if (select.value !== chosen) {
    select.selectedIndex = 0;
  }
  childrenOf(select).forEach(narrow);
}

function childrenOf(parent) {
  return Array.from(document.querySelectorAll("select[data-parent]")).filter(
    (select) => parent.id && select.dataset.parent === parent.id,
  );
}

// --- Changes ---------------------------------------------------------------------------------------------
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.tagName === "SELECT") childrenOf(field).forEach(narrow);
  if (field.matches("select[data-submit]")) field.form.requestSubmit();
  if (field.matches("input[type=file][data-max-files]")) {
    const tooMany = field.files.length > Number(field.dataset.maxFiles);
    field.setCustomValidity(tooMany ? field.dataset.maxFilesText || field.dataset.maxFiles : "");
    field.reportValidity();
  }
});

// --- Print, menus ----------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll("details.lx-menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.lx-menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// --- Start, and again for what htmx brings in ---------------------------------------------------------------
function start(root) {
  // What is wrong is read first, wherever on the page one was.
  root.querySelector(".lx-errors")?.focus();
  root.querySelectorAll("select[data-parent]").forEach(narrow);
  // A phone shows the chart; the table beside it opens at a tap.
  if (matchMedia("(max-width: 35em)").matches) {
    root.querySelectorAll("details[data-folds]").forEach((table) => {
      table.open = false;
    });
  }
}

start(document);
bringKeysBack();
trackFromHash();
window.addEventListener("hashchange", trackFromHash);
document.addEventListener("htmx:load", (event) => start(event.target));
