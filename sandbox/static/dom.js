// Building blocks for everything drawn on the phones.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "testid") element.dataset.testid = value;
    else if (name === "html") element.innerHTML = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "testid") element.dataset.testid = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat());
  return element;
}

const COLOURS = ["#4f7cff", "#12a182", "#e07b39", "#8e6bd8", "#d1556b", "#2b8fb8", "#7a8b2d", "#b5713c"];

export function colourOf(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length];
}

export function avatar(name, kind = "person", size = 36) {
  const letters = kind === "person" ? name.slice(-2) : name.slice(0, 1);
  return h(
    "span",
    {
      class: `avatar ${kind}`,
      "aria-hidden": "true",
      style: `background:${colourOf(name)};width:${size}px;height:${size}px;font-size:${size * (letters.length > 1 ? 0.36 : 0.5)}px`,
    },
    letters,
  );
}

export async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `HTTP ${response.status}`);
  return answer;
}

let toastTimer = 0;

export function toast(text) {
  const element = document.getElementById("toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (element.hidden = true), 3000);
}

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
