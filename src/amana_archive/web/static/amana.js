// Nothing here is needed: keys and passkeys only. No page is fetched before somebody asks for it.
"use strict";

const typing = (target) => target.closest("input, select, textarea, [contenteditable]");
const rtl = document.documentElement.dir === "rtl";

for (const hint of document.querySelectorAll("[data-script]")) hint.hidden = false;

// On an Arabic keyboard the key where V is says ر: then the place of the key counts.
const named = ({ key, code }) =>
  /^[\u0600-\u06ff]$/.test(key) && code.startsWith("Key") ? code.slice(3).toLowerCase() : key.toLowerCase();

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
  const go = (selector) => {
    const found = document.querySelector(selector);
    if (found) { event.preventDefault(); found.click(); }
  };
  const key = named(event);
  const grid = document.querySelector("[data-grid]");
  if (key.startsWith("arrow") && grid) return moveIn(grid, key, event);
  if (key === "n") go('a[rel="next"]');
  else if (key === "p") go('a[rel="prev"]');
  else if (/^[vhcs]$/.test(key)) go(`[data-key="${key}"]`);
});

function moveIn(grid, key, event) {
  const links = [...grid.querySelectorAll("li > a")];
  const at = links.indexOf(document.activeElement.closest?.("li > a"));
  const top = links[0].offsetTop;
  const across = Math.max(1, links.filter((link) => link.offsetTop === top).length);
  const step = { arrowright: rtl ? -1 : 1, arrowleft: rtl ? 1 : -1, arrowdown: across, arrowup: -across }[key];
  const next = links[at < 0 ? 0 : at + step];
  if (next) { event.preventDefault(); next.focus(); }
}

// --- a part of the picture, drawn with the pointer; the four fields remain the truth ---------------

const form = document.querySelector("form[data-derive]");
const picture = document.querySelector("figure.view img.grey, figure.view img.colour");
if (form && picture) {
  const frame = document.createElement("span");
  frame.className = "frame";
  frame.hidden = true;
  picture.parentElement.append(frame);
  const sides = ["left", "top", "right", "bottom"].map((name) => form.elements[name]);
  const place = (event) => {
    const area = picture.getBoundingClientRect();
    const at = (value, start, size) => Math.min(1, Math.max(0, (value - start) / size));
    return [at(event.clientX, area.left, area.width), at(event.clientY, area.top, area.height)];
  };
  const show = () => {
    const [left, top, right, bottom] = sides.map((side) => side.value / 100);
    frame.style.left = `${picture.offsetLeft + left * picture.offsetWidth}px`;
    frame.style.top = `${picture.offsetTop + top * picture.offsetHeight}px`;
    frame.style.width = `${(right - left) * picture.offsetWidth}px`;
    frame.style.height = `${(bottom - top) * picture.offsetHeight}px`;
  };
  let from = null;
  picture.addEventListener("pointerdown", (event) => {
    // What is drawn here is a part of this picture: not of another copy, turned or cropped already.
    if (!form.closest("details").open || form.elements.from?.value) return;
    event.preventDefault();
    picture.setPointerCapture(event.pointerId);
    from = place(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = place(event);
    const box = [Math.min(x, from[0]), Math.min(y, from[1]), Math.max(x, from[0]), Math.max(y, from[1])];
    // Outwards: what was drawn around is inside.
    box.forEach((value, n) => { sides[n].value = n < 2 ? Math.floor(100 * value) : Math.ceil(100 * value); });
    frame.hidden = false;
    show();
  });
  picture.addEventListener("pointerup", () => {
    const kind = form.elements.do;
    if (from && !frame.hidden && !["crop", "cover"].includes(kind.value)) kind.value = "cover";
    from = null;
  });
  addEventListener("resize", show);
  for (const side of sides) side.addEventListener("input", () => { frame.hidden = false; show(); });
  form.closest("details").addEventListener("toggle", (event) => {
    picture.classList.toggle("drawing", event.target.open);
    frame.hidden = true;
  });
}

// --- passkeys -----------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const token = () => document.querySelector('input[name="csrfmiddlewaretoken"]').value;

async function ask(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": token(), "Content-Type": "application/json" },
    body: JSON.stringify(body || {}),
  });
  return [answer.ok, await answer.json()];
}

const withId = (credential) => ({ ...credential, id: bytes(credential.id) });

async function usePasskey() {
  const [, options] = await ask("/sign-in/passkey");
  const publicKey = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  publicKey.allowCredentials = (publicKey.allowCredentials || []).map(withId);
  const used = await navigator.credentials.get({ publicKey });
  const answer = used.response;
  const [ok, next] = await ask("/sign-in/passkey/answer", {
    id: used.id, rawId: text(used.rawId), type: used.type, clientExtensionResults: {},
    response: {
      clientDataJSON: text(answer.clientDataJSON), authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature), userHandle: answer.userHandle ? text(answer.userHandle) : null,
    },
  });
  if (!ok) throw new Error();
  location.assign(next.next);
}

async function addPasskey(form) {
  const [, options] = await ask("/account/passkeys/begin");
  const publicKey = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  publicKey.user = withId(publicKey.user);
  publicKey.excludeCredentials = (publicKey.excludeCredentials || []).map(withId);
  const made = await navigator.credentials.create({ publicKey });
  const [ok, next] = await ask("/account/passkeys/finish", {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
    label: form.querySelector("input[name=label]").value,
    response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
  });
  if (!ok) throw new Error();
  location.assign(next.next);
}

if (window.PublicKeyCredential) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    place.hidden = false;
    place.querySelector("button").addEventListener("click", async (event) => {
      event.preventDefault();
      const problem = place.querySelector(".problem");
      problem.hidden = true;
      try { await (place.dataset.passkey === "add" ? addPasskey(place) : usePasskey()); }
      catch { problem.hidden = false; }
    });
  }
}
