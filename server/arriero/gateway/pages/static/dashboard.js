// Keeps a page as it is on the server: parts that changed there are replaced here.
"use strict";

function wasOpen(part) {
  return new Set(Array.from(part.querySelectorAll("details[open]"), (one) => one.id));
}

function replace(part, html) {
  const open = wasOpen(part);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  // The server's own templates, in which everything else is escaped.
  part.innerHTML = html;
  for (const one of part.querySelectorAll("details")) {
    if (open.has(one.id)) one.open = true;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function place(blocks, id, html, before) {
  let part = document.getElementById(id);
  if (part === null) {
    part = document.createElement("section");
    part.id = id;
    const previous = before ? document.getElementById(before) : null;
    if (previous) previous.after(part);
    else blocks.prepend(part);
  }
  replace(part, html);
}

function follow(blocks) {
  const connection = document.getElementById("connection");
  const source = new EventSource(blocks.dataset.live);
  let first = true;
  source.onopen = () => {
    connection.textContent = "";
    first = true;
  };
  source.onmessage = (event) => {
    const { set, drop } = JSON.parse(event.data);
    for (const id of drop) document.getElementById(id)?.remove();
    if (first) {
      // After a pause the server tells all that there is; what it does not name is gone.
      const there = new Set(set.map(([id]) => id));
      for (const part of Array.from(blocks.children)) if (!there.has(part.id)) part.remove();
      first = false;
    }
    for (const [id, stamp, before, html] of set) {
      if (document.getElementById(id)?.dataset.stamp === stamp) continue;
      place(blocks, id, html, before);
      const part = document.getElementById(id);
      part.dataset.stamp = stamp;
      // Heard by who does not see the page: this element stays, so that its change is noticed.
      const words = part.querySelector("[data-say]")?.dataset.say;
      if (words) document.getElementById("news").textContent = words;
    }
  };
  source.addEventListener("gone", () => source.close());
  source.onerror = () => {
    connection.textContent = "The gateway does not answer; this page is as it was before.";
  };
}

function narrow(field) {
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const form of document.querySelectorAll("form.setting")) {
      const text = form.dataset.find.toLowerCase();
      form.hidden = !words.every((word) => text.includes(word));
    }
    for (const section of document.querySelectorAll("section.settings")) {
      section.hidden = !section.querySelector("form.setting:not([hidden])");
    }
  });
}

const blocks = document.getElementById("blocks");
if (blocks) follow(blocks);
const find = document.getElementById("find");
if (find) narrow(find);
