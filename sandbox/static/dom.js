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

// A person's picture, or the tile of an app; names stand in for portraits.
export function avatar(name, kind = "person", size = 38) {
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

// A small red number; nothing for zero.
export function badge(count, testid = null) {
  return count ? h("i", { class: "badge", testid }, count > 99 ? "99+" : String(count)) : null;
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
