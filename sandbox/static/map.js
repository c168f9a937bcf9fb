// A hand-drawn city: no tiles, only what is needed to choose a place.
import { h, s } from "./dom.js";
import { ICONS } from "./icons.js";

const WIDTH = 320;
const HEIGHT = 240;
const CLOSEST = 8;
const LABEL = 9;

export function projection(places) {
  const latitudes = places.map((place) => place.latitude);
  const longitudes = places.map((place) => place.longitude);
  const middle = [(Math.min(...latitudes) + Math.max(...latitudes)) / 2, (Math.min(...longitudes) + Math.max(...longitudes)) / 2];
  const shrink = Math.cos((middle[0] * Math.PI) / 180);
  const tall = Math.max(Math.max(...latitudes) - Math.min(...latitudes), 0.02) / (HEIGHT * 0.74);
  const wide = (Math.max(Math.max(...longitudes) - Math.min(...longitudes), 0.02) * shrink) / (WIDTH * 0.74);
  const degrees = Math.max(tall, wide);
  return {
    to: (latitude, longitude) => [WIDTH / 2 + ((longitude - middle[1]) * shrink) / degrees, HEIGHT / 2 - (latitude - middle[0]) / degrees],
    from: (x, y) => [middle[0] - (y - HEIGHT / 2) * degrees, middle[1] + ((x - WIDTH / 2) * degrees) / shrink],
  };
}

function ground() {
  const road = (d, width = 5) => [
    s("path", { d, fill: "none", stroke: "#dcdfe4", "stroke-width": width + 1.4 }),
    s("path", { d, fill: "none", stroke: "#fff", "stroke-width": width }),
  ];
  return [
    s("rect", { x: -WIDTH, y: -HEIGHT, width: WIDTH * 3, height: HEIGHT * 3, fill: "#f3f1ea" }),
    s("ellipse", { cx: 46, cy: 60, rx: 36, ry: 24, fill: "#d6eacd" }),
    s("ellipse", { cx: 268, cy: 190, rx: 46, ry: 27, fill: "#d6eacd" }),
    s("ellipse", { cx: 236, cy: 36, rx: 26, ry: 15, fill: "#d6eacd" }),
    s("path", { d: "M-320 60 C-60 60 52 76 92 134 S196 162 226 124 S330 86 640 150", fill: "none", stroke: "#b9d9ef", "stroke-width": 9 }),
    s("ellipse", { cx: 160, cy: 118, rx: 138, ry: 104, fill: "none", stroke: "#f6dfae", "stroke-width": 5 }),
    s("ellipse", { cx: 160, cy: 118, rx: 78, ry: 58, fill: "none", stroke: "#f6dfae", "stroke-width": 4 }),
    ...road("M160 -240 V480", 5),
    ...road("M-320 118 H640", 4),
    ...road("M-100 -77 L420 313", 2.6),
    ...road("M420 -77 L-100 313", 2.6),
    ...road("M-320 48 H640", 2),
    ...road("M-320 190 H640", 2),
    ...road("M76 -240 V480", 2),
    ...road("M244 -240 V480", 2),
  ];
}

function pin(x, y) {
  return s(
    "g",
    { transform: `translate(${x} ${y})`, class: "pin" },
    s("ellipse", { cx: 0, cy: 1, rx: 5, ry: 2, fill: "#0003" }),
    s("path", { d: "M0 0 C-9 -11 -9 -22 0 -22 S9 -11 0 0", fill: "#e5484d" }),
    s("circle", { cx: 0, cy: -14, r: 3.4, fill: "#fff" }),
  );
}

export function thumbnail(place, places) {
  const [x, y] = projection([...places, place]).to(place.latitude, place.longitude);
  const box = { viewBox: `${x - 70} ${y - 36} 140 62`, class: "map-thumbnail", preserveAspectRatio: "xMidYMid slice" };
  return s("svg", box, ...ground(), pin(x, y));
}

const width = (label) => [...label].reduce((sum, character) => sum + (character.charCodeAt(0) > 255 ? LABEL : LABEL * 0.56), 0);
const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

// Where each name can stand without covering another or leaving the map; those that cannot stay away.
function labels(points) {
  const taken = points.map(({ x, y }) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 }));
  const found = [];
  for (const { x, y, label } of points) {
    const long = width(label);
    const spots = [
      { x: x + 6, y: y + 3.4, anchor: "start", left: x + 5 },
      { x: x - 6, y: y + 3.4, anchor: "end", left: x - 6 - long },
      { x, y: y - 6.5, anchor: "middle", left: x - long / 2 },
      { x, y: y + 13, anchor: "middle", left: x - long / 2 },
    ];
    for (const spot of spots) {
      const box = { left: spot.left, right: spot.left + long + 1, top: spot.y - LABEL, bottom: spot.y + 2 };
      const inside = box.left > 2 && box.right < WIDTH - 2 && box.top > 1 && box.bottom < HEIGHT - 1;
      if (!inside || taken.some((other) => meets(box, other))) continue;
      taken.push(box);
      found.push({ ...spot, label });
      break;
    }
  }
  return found;
}

const metres = (a, b) => Math.hypot((a.latitude - b.latitude) * 111320, (a.longitude - b.longitude) * 111320 * Math.cos((a.latitude * Math.PI) / 180));
const far = (distance) => (distance < 950 ? `${Math.round(distance / 10) * 10} 米` : `${(distance / 1000).toFixed(1)} 公里`);

// The map itself: drag, wheel and buttons move it, a tap chooses; `draw` shows what is chosen.
class City {
  constructor(places, current, onTap) {
    this.places = places;
    this.flat = projection(current ? [...places, current] : places);
    this.view = { x: WIDTH / 2, y: HEIGHT / 2, scale: 1 };
    this.chosen = null;
    this.element = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", testid: "location-map", preserveAspectRatio: "xMidYMid slice" });
    this.element.addEventListener("wheel", (event) => (event.preventDefault(), this.zoom(event.deltaY < 0 ? 1.25 : 0.8)), { passive: false });
    this.listen(onTap);
  }

  listen(onTap) {
    let start = null;
    this.element.addEventListener("pointerdown", (event) => {
      start = { x: event.clientX, y: event.clientY, view: { ...this.view }, moved: false };
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [across, down] = [event.clientX - start.x, event.clientY - start.y];
      start.moved ||= Math.hypot(across, down) > 5;
      if (!start.moved) return;
      const unit = this.pixels() * this.view.scale;
      this.view = { ...this.view, x: start.view.x - across / unit, y: start.view.y - down / unit };
      this.draw();
    });
    this.element.addEventListener("pointerup", (event) => {
      if (start && !start.moved) onTap(this.at(event));
      start = null;
    });
  }

  // Screen pixels of one unit of the drawing.
  pixels() {
    const box = this.element.getBoundingClientRect();
    return Math.max(box.width / WIDTH, box.height / HEIGHT) || 1;
  }

  at(event) {
    const box = this.element.getBoundingClientRect();
    const x = (event.clientX - box.left - box.width / 2) / this.pixels() / this.view.scale + this.view.x;
    const y = (event.clientY - box.top - box.height / 2) / this.pixels() / this.view.scale + this.view.y;
    return this.flat.from(x, y);
  }

  zoom(factor) {
    if (this.view.scale === 1 && factor > 1 && this.chosen) {
      const [x, y] = this.flat.to(this.chosen.latitude, this.chosen.longitude);
      this.view = { ...this.view, x, y };
    }
    this.view.scale = Math.min(CLOSEST, Math.max(1, this.view.scale * factor));
    if (this.view.scale === 1) this.view = { x: WIDTH / 2, y: HEIGHT / 2, scale: 1 };
    this.draw();
  }

  centre(place) {
    const [x, y] = this.flat.to(place.latitude, place.longitude);
    if (this.view.scale > 1) this.view = { ...this.view, x, y };
  }

  point(place) {
    const [x, y] = this.flat.to(place.latitude, place.longitude);
    const { view } = this;
    return { x: (x - view.x) * view.scale + WIDTH / 2, y: (y - view.y) * view.scale + HEIGHT / 2, label: place.label };
  }

  draw(chosen = this.chosen) {
    this.chosen = chosen;
    const { view } = this;
    const move = `translate(${WIDTH / 2} ${HEIGHT / 2}) scale(${view.scale}) translate(${-view.x} ${-view.y})`;
    const first = this.places.filter((place) => place.label === chosen?.label);
    const points = [...first, ...this.places.filter((place) => !first.includes(place))]
      .map((place) => this.point(place))
      .filter(({ x, y }) => x > 0 && x < WIDTH && y > 0 && y < HEIGHT);
    const dots = points.map(({ x, y }) => s("circle", { cx: x, cy: y, r: 3.2, fill: "#2f6fde", stroke: "#fff", "stroke-width": 1.4 }));
    const names = labels(points).map((spot) =>
      s("text", { x: spot.x, y: spot.y, "text-anchor": spot.anchor, "font-size": LABEL, class: "map-label" }, spot.label),
    );
    const here = chosen ? this.point(chosen) : null;
    this.element.replaceChildren(s("g", { transform: move }, ...ground()), ...dots, ...names, ...(here ? [pin(here.x, here.y)] : []));
  }
}

// A full-screen picker inside one phone; resolves with the chosen place or null.
export function pickPlace(screen, places, current) {
  return new Promise((resolve) => {
    let chosen = current || places[0];
    const known = (place) => places.some((other) => other.label === place.label);
    const list = h("ul", { class: "place-list" });
    const search = h("input", { type: "search", class: "place-search", placeholder: "搜索地点", "aria-label": "搜索地点", testid: "location-search", oninput: () => draw() });
    const close = (answer) => {
      overlay.remove();
      resolve(answer);
    };
    const choose = (place) => {
      chosen = place;
      city.centre(place);
      draw();
    };
    const city = new City(places, current, ([latitude, longitude]) =>
      choose({ label: "地图选点", latitude: +latitude.toFixed(6), longitude: +longitude.toFixed(6) }),
    );
    const row = (place) =>
      h(
        "li",
        { class: place.label === chosen.label ? "chosen" : "", testid: `location-place-${place.label}`, onclick: () => choose(place) },
        h("b", {}, place.label),
        h("small", {}, current && place !== current ? `距当前位置 ${far(metres(current, place))}` : `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`),
      );
    const draw = () => {
      city.draw(chosen);
      const words = search.value.trim();
      const extra = [chosen, current].filter((place, index, all) => place && !known(place) && all.findIndex((other) => other?.label === place.label) === index);
      list.replaceChildren(...[...extra, ...places].filter((place) => !words || place.label.includes(words)).map(row));
    };
    const overlay = h(
      "section",
      { class: "overlay picker", testid: "location-picker" },
      h(
        "header",
        { class: "bar" },
        h("button", { class: "plain", testid: "location-cancel", onclick: () => close(null) }, "取消"),
        h("span", { class: "title" }, "位置"),
        h("button", { class: "confirm", testid: "location-confirm", onclick: () => close(chosen) }, "确定"),
      ),
      h(
        "div",
        { class: "map-box" },
        city.element,
        h(
          "div",
          { class: "zoom" },
          h("button", { "aria-label": "放大", testid: "location-closer", onclick: () => city.zoom(1.6) }, "＋"),
          h("button", { "aria-label": "缩小", testid: "location-wider", onclick: () => city.zoom(1 / 1.6) }, "－"),
        ),
      ),
      h("label", { class: "search-row" }, h("span", { html: ICONS.search }), search),
      list,
    );
    screen.append(overlay);
    draw();
  });
}

// Looking at one place, without choosing.
export function showPlaceOnMap(phone, place) {
  const city = new City(phone.places(), place, () => {});
  const overlay = h(
    "section",
    { class: "overlay picker looking", testid: "location-viewer" },
    h(
      "header",
      { class: "bar" },
      h("button", { class: "icon", "aria-label": "返回", testid: "location-back", html: ICONS.back, onclick: () => overlay.remove() }),
      h("span", { class: "title" }, place.label || "位置"),
      h("span", { class: "icon" }),
    ),
    h("div", { class: "map-box" }, city.element),
  );
  phone.screen.append(overlay);
  city.draw(place);
}
