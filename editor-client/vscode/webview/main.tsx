import "./chat.css";
import { render } from "preact";
import { App } from "./app";
import { post } from "./wire";

// What is in an answer is HTML that no component made: its buttons and links are heard here.
document.addEventListener("click", (event) => act(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.target as Element).matches?.("[data-href]")) {
    act(event.target);
  }
});

function act(target: EventTarget | null): void {
  const place =
    target instanceof Element ? target.closest<HTMLElement>("[data-act],[data-href]") : null;
  if (place?.dataset.href !== undefined) {
    post({ type: "link", href: place.dataset.href });
  } else if (place !== null) {
    const text = place.closest(".code")?.querySelector("code")?.textContent ?? "";
    post({ type: place.dataset.act === "insert" ? "insert" : "copy", text });
  }
}

const place = document.getElementById("chat");
if (place !== null) {
  render(<App />, place);
}
