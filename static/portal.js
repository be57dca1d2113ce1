// What the browser can do better than a reload. Every page works without this file.
//
// Keys: never inside a field, never during input-method composition, never with Ctrl, Alt or Meta.
// Drafts: <textarea data-draft="key"> remembers what was typed until its form has been taken; what stands in a
// <form data-keeps> is kept on the server too, between words, never in the middle of a composition.
// Forms: one press, one request; a second press waits for the answer of the first.
"use strict";

(() => {
  const say = (name) => document.body.dataset[`say${name}`] || "";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ── Keys ──────────────────────────────────────────────────────────────────

  const composing = (event) => event.isComposing || event.keyCode === 229;
  const inField = (target) => // in a box that is ticked nobody writes
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

  document.addEventListener("keydown", (event) => {
    // An Enter that ends a composition picks a word; it never submits.
    if (event.key === "Enter" && composing(event) && inField(event.target)) {
      event.stopPropagation();
      if (event.target.matches("input")) event.preventDefault();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return closeMenus(event);
    if (inField(event.target) || document.querySelector("dialog[open]")) return;
    const act = { "/": focusSearch, j: () => walk(1), k: () => walk(-1), x: pickRow, "?": () => opens("keys") }[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  function focusSearch() {
    const search = document.getElementById("search");
    if (!search) return false;
    search.focus();
    search.select();
  }

  function walk(step) {
    const rows = all(".list a.open, .agenda a.open").filter((link) => link.offsetParent);
    if (!rows.length) return false;
    const here = rows.findIndex((link) => (link.closest("tr, li") ?? link).contains(document.activeElement));
    const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1)];
    next.focus({ preventScroll: true });
    next.closest("tr, li")?.scrollIntoView({ block: "nearest" });
  }

  function pickRow() {
    const box = document.activeElement?.closest("tr")?.querySelector(".pick input");
    if (!box) return false;
    box.click();
  }

  function opens(id) {
    const dialog = document.getElementById(id);
    if (!dialog?.showModal) return false;
    dialog.showModal();
  }

  function closeMenus(event) {
    for (const menu of all("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(event.target)) menu.querySelector("summary").focus();
    }
  }

  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;

    const button = event.target.closest?.("[data-opens], [data-copy], [data-dismiss], [data-print]");
    if (!button) return;
    if (button.dataset.opens) opens(button.dataset.opens);
    if ("dismiss" in button.dataset) button.closest(".notice").remove();
    if ("print" in button.dataset) window.print();
    if (button.dataset.copy) copy(button);
  });

  // A snippet goes where the cursor stands; without script its button sends the form and the server puts it in.
  document.addEventListener("click", (event) => {
    const area = document.getElementById(event.target.closest?.("[data-insert]")?.dataset.insert || "");
    if (!area) return;
    event.preventDefault();
    area.setRangeText(event.target.closest("[data-insert]").textContent.trim(), area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // Plain http has no clipboard: the old way, with a selection.
      const line = Object.assign(document.createElement("textarea"), { value: button.dataset.copy, className: "visually-hidden" });
      document.body.append(line);
      line.select();
      document.execCommand("copy");
      line.remove();
      button.focus();
    }
    button.classList.add("is-copied");
    button.title = say("Copied");
    button.querySelector("use")?.setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, "#check"));
    tell(say("Copied"));
  }

  // ── One press, one request ────────────────────────────────────────────────

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    if (form.hasAttribute("hx-post")) return; // htmx drops the second one itself; see busy() below
    form.dataset.sent = "yes";
    busy(event.submitter, true);
  });

  window.addEventListener("pageshow", () => {
    // Back from the next page: the buttons work again.
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all("button[aria-busy]")) busy(button, false);
    countPicked(); // the browser has put back what was chosen
  });

  function busy(button, is) {
    if (!(button instanceof HTMLButtonElement)) return;
    if (is) button.setAttribute("aria-busy", "true"); // not `disabled`: a disabled button would not be sent with its form
    else button.removeAttribute("aria-busy");
  }

  const pressed = (event) => event.detail.ctx?.sourceEvent?.submitter;
  document.addEventListener("htmx:before:request", (event) => busy(pressed(event), true));
  document.addEventListener("htmx:finally:request", (event) => {
    busy(pressed(event), false);
    // after:swap has seen to the drafts; where the answer is another page, that page will.
    if (!event.detail.ctx?.hx?.redirect) store((s) => s.removeItem("drafts:sent"));
  });

  // ── Drafts ────────────────────────────────────────────────────────────────

  // Two people may sit at one computer, one after the other: each finds only their own.
  const draftKey = (area) => `draft:${document.body.dataset.me}:${area.dataset.draft}`;
  const store = (work) => { try { return work(sessionStorage); } catch { return null; } };
  const keptAt = (area) => area.form?.querySelector("[data-kept]")?.dataset.kept || "";

  // Beside the words stands what the server had when they were typed: where it has that still, these are the newer ones.
  function recall(root) {
    for (const area of all("textarea[data-draft]", root)) {
      const [words, after] = store((s) => JSON.parse(s.getItem(draftKey(area)))) || [];
      const newer = area.form?.matches("[data-keeps]") && after === keptAt(area);
      if (words && (newer || !area.value)) area.value = words;
    }
  }

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!area.matches?.("textarea[data-draft]")) return;
    store((s) => (area.value ? s.setItem(draftKey(area), JSON.stringify([area.value, keptAt(area)])) : s.removeItem(draftKey(area))));
  });

  const KEEP_AFTER = 1000;
  const waiting = new Map(); // form → the timer that will send it, or the request that is under way
  let composed = null;

  const typedIn = (event) => event.target.closest?.("form[data-keeps]");
  const isTyped = (field) => field.matches("textarea, input:not([type]), input[type=text], input[type=search]");

  function stopKeeping(form) {
    const one = waiting.get(form);
    waiting.delete(form);
    if (one?.abort) one.abort();
    else clearTimeout(one);
  }

  function keepSoon(form) {
    stopKeeping(form);
    waiting.set(form, setTimeout(keepNow, KEEP_AFTER, form));
  }

  async function keepNow(form) {
    const under = new AbortController(), body = new URLSearchParams();
    waiting.set(form, under);
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    if (!all("textarea, input", form).some((one) => isTyped(one) && one.value.trim())) // what is chosen alone is no draft
      for (const name of [...body.keys()]) if (name !== "csrf_token" && name !== "draft") body.delete(name);
    const words = all("textarea[data-draft]", form).map((area) => [area, area.value]);
    try {
      const answer = await fetch("/drafts", { method: "POST", body, headers: { "HX-Request-Type": "partial" }, signal: under.signal, keepalive: true });
      if (answer.status !== 200) return; // it stays in this browser
      const line = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-kept]");
      form.querySelector("[data-kept]").replaceWith(line);
      for (const [area, value] of words) {
        if (area.value === value) store((s) => s.removeItem(draftKey(area)));
        else store((s) => s.setItem(draftKey(area), JSON.stringify([area.value, keptAt(area)])));
      }
    } catch { /* it stays in this browser */ } finally {
      if (waiting.get(form) === under) waiting.delete(form);
    }
  }

  document.addEventListener("input", (event) => { if (!event.isComposing && typedIn(event)) keepSoon(typedIn(event)); });
  document.addEventListener("change", (event) => { if (event.target.type !== "file" && typedIn(event)) keepSoon(typedIn(event)); });
  document.addEventListener("compositionstart", (event) => {
    composed = typedIn(event);
    if (composed && !waiting.get(composed)?.abort) stopKeeping(composed);
  });
  document.addEventListener("compositionend", (event) => {
    composed = null;
    if (typedIn(event)) keepSoon(typedIn(event));
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    for (const [form, one] of waiting) if (!one.abort && form !== composed) { clearTimeout(one); keepNow(form); }
  });
  document.addEventListener("submit", (event) => stopKeeping(event.target), true);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-discard]");
    if (!button) return;
    event.preventDefault();
    const form = button.form, body = new URLSearchParams();
    stopKeeping(form);
    for (const name of ["csrf_token", "draft"]) body.append(name, form.querySelector(`[name=${name}]`).value);
    try {
      const answer = await fetch("/drafts/discard", { method: "POST", body });
      if (!answer.ok) return refuse(say("Broken"));
      for (const area of all("textarea[data-draft]", form)) store((s) => s.removeItem(draftKey(area)));
      location.assign(answer.url);
    } catch { refuse(say("Offline")); }
  });

  // Without htmx the next page tells: where no error is summed up, the post was taken.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const keys = all("textarea[data-draft]", event.target).map(draftKey);
    if (keys.length) store((s) => s.setItem("drafts:sent", JSON.stringify(keys)));
  });

  // Whoever leaves takes their drafts along; whose session ends while they write finds them again.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    store((s) => { for (const key of Object.keys(s)) if (key.startsWith("draft:")) s.removeItem(key); });
  });

  function forgetSent() {
    const sent = store((s) => s.getItem("drafts:sent"));
    if (!sent) return;
    store((s) => s.removeItem("drafts:sent"));
    if (document.querySelector(".error-summary, .refusal, [data-broken]") || !document.getElementById("notices")?.children.length) return;
    for (const key of JSON.parse(sent)) store((s) => s.removeItem(key));
  }

  // ── Callers ───────────────────────────────────────────────────────────────

  // Whoever is not on file is written down with what was looked for, once: nothing is typed twice.
  document.addEventListener("focusin", (event) => {
    const callers = document.getElementById("callers"), fields = all(".who-new input");
    if (!callers?.dataset.place || !fields.includes(event.target) || fields.some((one) => one.value)) return;
    fields.find((one) => one.name === callers.dataset.place).value = document.getElementById("search-caller").value.trim();
    delete callers.dataset.place;
  });

  // ── Colleagues after an @ ─────────────────────────────────────────────────

  // While a note is written, an @ brings a short list of those who can read it. Nothing is asked, shown or picked in the
  // middle of a composition: there the keys belong to the input method.
  const CALL_PAUSE = 200;
  let calling = 0;

  // What stands after the @ right before the cursor; null where there is none, or where no note is written.
  function called(area) {
    const way = area.form.querySelector("[data-inside]");
    if ((way && !way.checked) || area.selectionStart !== area.selectionEnd) return null;
    return area.value.slice(0, area.selectionStart).match(/(?<![A-Za-z0-9_.@＠-])[@＠]([\p{L}\p{N}_.·-]{0,20})$/u)?.[1] ?? null;
  }

  const calledOf = (area) => area.closest(".calls").querySelector(".called");
  const callsIn = (event) => (event.target.matches?.("[data-calls] textarea") ? event.target : null);

  function closeCalled(area) {
    clearTimeout(calling);
    calling = 0;
    calledOf(area)?.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
  }

  function callSoon(area) {
    clearTimeout(calling);
    const words = called(area);
    if (words === null) return closeCalled(area);
    calling = setTimeout(askCalled, CALL_PAUSE, area, words);
  }

  async function askCalled(area, words) {
    const place = area.closest("[data-calls]"), now = calling;
    try {
      const answer = await fetch(`${place.dataset.calls}?words=${encodeURIComponent(words)}`, {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#called" }, redirect: "error",
      });
      if (answer.status !== 200) return;
      const list = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("called");
      if (now !== calling || document.activeElement !== area || called(area) !== words) return; // more was typed since
      closeCalled(area);
      if (!list.children.length) return;
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", place.dataset.label);
      for (const one of list.children) one.setAttribute("role", "option");
      place.append(list);
      area.setAttribute("aria-autocomplete", "list");
      area.setAttribute("aria-controls", list.id);
      if (words) point(area, list.firstElementChild); // after a bare @ an Enter is a new line until somebody is chosen
      tell(`${place.dataset.label}: ${all("b", list).map((one) => one.textContent).join(", ")}`);
    } catch { /* it is typed out by hand */ }
  }

  function point(area, one) {
    for (const other of calledOf(area).children) other.setAttribute("aria-selected", other === one);
    area.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  }

  function call(area, one) {
    const end = area.selectionStart;
    area.setRangeText(`${one.dataset.call} `, end - called(area).length, end, "end");
    closeCalled(area);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  document.addEventListener("keydown", (event) => {
    const area = callsIn(event), list = area && calledOf(area);
    if (!list || composing(event) || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const here = list.querySelector("[aria-selected=true]"), rows = [...list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) point(area, rows[here ? (rows.indexOf(here) + step + rows.length) % rows.length : step > 0 ? 0 : rows.length - 1]);
    else if (event.key === "Enter" && here) call(area, here);
    else if (event.key === "Escape") closeCalled(area);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("input", (event) => { if (callsIn(event) && !event.isComposing) callSoon(event.target); });
  document.addEventListener("compositionstart", (event) => { if (callsIn(event)) closeCalled(event.target); });
  document.addEventListener("compositionend", (event) => { if (callsIn(event)) callSoon(event.target); });
  document.addEventListener("keyup", (event) => {
    if (callsIn(event) && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) callSoon(event.target);
  });
  document.addEventListener("focusout", (event) => { if (callsIn(event)) closeCalled(event.target); });
  document.addEventListener("mousedown", (event) => { if (event.target.closest?.(".calls .called")) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const one = event.target.closest?.(".calls .called li");
    if (one) call(one.closest(".calls").querySelector("textarea"), one);
  });

  // ── Manuals ───────────────────────────────────────────────────────────────

  // An address from before a long version was read leaf by leaf names its clause for the browser alone.
  if (document.querySelector("[data-leaves]") && /^#[cs]-/.test(location.hash) && !document.getElementById(location.hash.slice(1))) {
    const at = location.hash.replace(/^#c-/, "").replace(/^#s-/, "s-");
    if (new URLSearchParams(location.search).get("at") !== at) location.replace("?at=" + at + location.hash);
  }

  // ── Fragments ─────────────────────────────────────────────────────────────

  // A refused token comes back with a good one: the next press of any button on this page works.
  function takeToken(place) {
    for (const field of all("input[name=csrf_token]")) field.value = place.dataset.token;
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": place.dataset.token }));
    delete place.dataset.token;
  }

  function dress(root = document) {
    all("[data-token]").forEach(takeToken);
    for (const waiting of all("[data-opens][hidden], [data-copy][hidden], [data-dismiss][hidden], [data-print][hidden], [data-pick-all][hidden]", root)) waiting.hidden = false;
    recall(root);
    countPicked();
    showTab();
  }

  // On a narrow screen the tab one stands on may lie outside the row.
  function showTab() {
    const tab = document.querySelector(".tabs [aria-current]"), row = tab?.closest(".tabs");
    if (row) row.scrollLeft += Math.max(tab.getBoundingClientRect().right - row.getBoundingClientRect().right, 0);
  }

  document.addEventListener("htmx:after:swap", (event) => {
    const ctx = event.detail.ctx;
    const status = ctx?.response?.status ?? 200;
    if (status < 400 && ctx?.request?.method !== "GET") {
      const form = ctx?.sourceElement?.closest?.("form") ?? ctx?.sourceElement;
      if (form?.querySelectorAll) for (const area of all("textarea[data-draft]", form)) store((s) => s.removeItem(draftKey(area)));
      document.getElementById("refusal")?.replaceChildren();
    }
    dress();
    if (status >= 400) document.querySelector("#refusal .refusal, .error-summary")?.closest("[tabindex]")?.focus();
  });

  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx?.response?.status >= 500) refuse(say("Broken"));
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && !event.detail.ctx.response) refuse(say("Offline"));
  });

  function refuse(sentence) {
    const place = document.getElementById("refusal");
    if (!place) return;
    const box = Object.assign(document.createElement("div"), { className: "refusal" });
    box.append(Object.assign(document.createElement("p"), { className: "refusal-sentence", textContent: sentence }));
    place.replaceChildren(box);
    place.focus();
  }

  function tell(sentence) {
    let line = document.getElementById("told");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "told", className: "visually-hidden", role: "status" });
      document.body.append(line);
    }
    line.textContent = sentence;
  }

  // ── Files ─────────────────────────────────────────────────────────────────

  // Each file is sent when it is chosen and waits for its form; where that fails it stays chosen and goes with the form.
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches?.("input[data-attach]") || !input.files.length) return;
    const place = input.closest(".attach"), rest = new DataTransfer(), form = input.form;
    const bar = place.querySelector("progress"), buttons = all("button:not([type=button])", form);
    bar.hidden = false;
    document.getElementById("refusal")?.replaceChildren(); // what was said of the file before is over
    for (const button of buttons) busy(button, true);
    form.dataset.sent = "files"; // a press waits until they are there
    let done = 0;
    for (const file of input.files) {
      bar.value = done++ / input.files.length;
      try {
        const line = await sendFile(input, file, (share) => { bar.value = (done - 1 + share) / input.files.length; });
        place.querySelector(".files").insertAdjacentHTML("beforeend", line);
      } catch (no) {
        if (no.message) refuse(no.message);
        else rest.items.add(file);
      }
    }
    input.files = rest.files;
    bar.hidden = true;
    delete form.dataset.sent;
    for (const button of buttons) busy(button, false);
    tell(all(".files label", place).map((label) => label.textContent).join(", "));
  });

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent !== "files") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  function sendFile(input, file, progress) {
    return new Promise((good, bad) => {
      const request = new XMLHttpRequest(), data = new FormData();
      data.append("csrf_token", input.form.querySelector("[name=csrf_token]").value);
      data.append("files", file);
      request.open("POST", input.dataset.attach);
      request.setRequestHeader("HX-Request-Type", "partial");
      request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
      request.onload = () => {
        if (request.status < 300) return good(request.responseText);
        const answer = new DOMParser().parseFromString(request.responseText, "text/html");
        bad(new Error(answer.querySelector(".refusal-sentence")?.textContent.trim() || (request.status < 500 ? say("Broken") : "")));
      };
      request.onerror = () => bad(new Error(""));
      request.send(data);
    });
  }

  // ── The bell ──────────────────────────────────────────────────────────────

  // Asked each minute and on coming back; a page that nobody looks at asks nothing. What goes wrong is left alone: the
  // next page tells, and what somebody is typing stays where it is.
  const BELL_PAUSE = 60_000;
  let rang = Date.now();

  async function ring() {
    const bell = document.getElementById("bell");
    if (!bell || document.hidden || Date.now() - rang < BELL_PAUSE - 1000) return;
    rang = Date.now();
    try {
      const answer = await fetch("/notifications/bell", {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "span#bell-count" }, redirect: "error",
      });
      if (answer.status !== 200) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("bell-count");
      if (fresh && !bell.contains(document.activeElement)) bell.replaceChildren(...fresh.childNodes);
    } catch { /* nobody asked for it */ }
  }

  setInterval(ring, BELL_PAUSE);
  document.addEventListener("visibilitychange", ring);
  window.addEventListener("focus", ring);

  // ── Who else is here ──────────────────────────────────────────────────────

  // Asked when the page is there, and again every half minute while somebody looks at it.
  const LOOK_PAUSE = 30_000;
  let looked = Date.now();

  function look() {
    if (document.hidden || Date.now() - looked < LOOK_PAUSE - 1000) return;
    looked = Date.now();
    for (const line of all("[data-looks]")) line.dispatchEvent(new Event("look"));
  }

  setInterval(look, LOOK_PAUSE);
  document.addEventListener("visibilitychange", look);

  // ── Lists ─────────────────────────────────────────────────────────────────

  function countPicked() {
    for (const place of all("output[data-picked]")) {
      const form = place.closest("form");
      const count = all(".pick input[name]:checked", form).length;
      place.textContent = count ? say("Picked").replace("{count}", count) : "";
    }
    for (const every of all("[data-pick-all]")) {
      const boxes = all("td.pick input", every.closest("table")), count = boxes.filter((one) => one.checked).length;
      every.checked = count > 0 && count === boxes.length;
      every.indeterminate = count > 0 && count < boxes.length;
    }
  }

  let lastPicked = null;
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.closest?.(".pick")) return;
    const boxes = all("td.pick input", box.closest("table"));
    if (box.closest("th")) for (const one of boxes) one.checked = box.checked;
    countPicked();
  });
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.closest("td.pick")) return;
    const boxes = all("td.pick input", box.closest("table"));
    if (event.shiftKey && lastPicked && boxes.includes(lastPicked)) {
      const [from, to] = [boxes.indexOf(lastPicked), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
    }
    lastPicked = box;
  });

  // In a box of a list, Enter would press the first button of the bar: what is done to the chosen is pressed on purpose.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.(".pick input")) event.preventDefault();
  });

  // A filter that says nothing does not stand in the address.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-filters], .search")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  forgetSent();
  dress();
  document.querySelector(".error-summary")?.focus();
})();
