// Words as the chat shows them: links, the few tags of text cards, the Markdown that WeCom knows.
import { h } from "./dom.js";

const ADDRESS = /(https?:\/\/[^\s<>"'，。；、）】」]+)/;

export function link(url, text, open) {
  const web = /^https?:\/\//.test(url);
  return h(
    "a",
    {
      href: web ? url : "#",
      onclick: (event) => {
        event.preventDefault();
        event.stopPropagation();
        if (web) open(url);
      },
    },
    text,
  );
}

// Text in which <a>, <br>, <font color> and <div class> keep their meaning and every other tag is shown as typed.
export function rich(text, open) {
  const known = text.replace(/<(?!\/?(a|br|font|div)\b)/gi, "&lt;");
  const parsed = new DOMParser().parseFromString(known, "text/html").body;
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      return node.data.split(ADDRESS).map((part) => (ADDRESS.test(part) ? link(part, part, open) : part));
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const children = [...node.childNodes].flatMap(copy);
    const tag = node.tagName.toLowerCase();
    if (tag === "a") return [link(node.getAttribute("href") || "", node.textContent, open)];
    if (tag === "br") return [h("br")];
    if (tag === "font") return [h("span", { class: `font-${node.getAttribute("color") || ""}` }, children)];
    if (tag === "div") return [h("div", { class: `line-${node.className || "normal"}` }, children)];
    return children;
  };
  return [...parsed.childNodes].flatMap(copy);
}

const INLINE = /(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]+\)|<font color="?\w+"?>.*?<\/font>)/;

function inline(text, open) {
  return text.split(INLINE).flatMap((part) => {
    if (!part) return [];
    if (part.startsWith("**")) return [h("b", {}, inline(part.slice(2, -2), open))];
    if (part.startsWith("`") && part.endsWith("`") && part.length > 1) return [h("code", {}, part.slice(1, -1))];
    const anchor = part.match(/^\[([^\]]+)\]\(([^)]+)\)$/);
    if (anchor) return [link(anchor[2], anchor[1], open)];
    const font = part.match(/^<font color="?(\w+)"?>(.*)<\/font>$/);
    if (font) return [h("span", { class: `font-${font[1]}` }, inline(font[2], open))];
    return [part];
  });
}

// The subset of Markdown that WeCom shows.
export function markdown(text, open) {
  const blocks = [];
  let quote = null;
  for (const line of text.split("\n")) {
    const quoted = line.match(/^>\s?(.*)$/);
    if (quoted) {
      if (!quote) blocks.push((quote = h("blockquote")));
      quote.append(h("div", {}, inline(quoted[1], open)));
      continue;
    }
    quote = null;
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    if (heading) blocks.push(h("div", { class: `heading heading-${heading[1].length}` }, inline(heading[2], open)));
    else blocks.push(h("div", { class: "paragraph" }, line ? inline(line, open) : h("br")));
  }
  return blocks;
}
