import createDOMPurify from "dompurify";

const purify = createDOMPurify(window);

/** What Markdown becomes here, and nothing that loads, runs or styles anything. */
const allowed = {
  ALLOWED_TAGS: [
    ...["h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code"],
    ...["em", "strong", "s", "span", "div", "button"],
    ...["table", "thead", "tbody", "tr", "th", "td"],
  ],
  ALLOWED_ATTR: ["class", "role", "tabindex", "title", "type", "start", "data-href", "data-act"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** A piece of HTML as nodes, of which only harmless ones are left. */
export function cleaned(html: string): DocumentFragment {
  return purify.sanitize(html, { ...allowed, RETURN_DOM_FRAGMENT: true });
}
