// A hand-drawn city: no tiles, only what is needed to choose a place.
import { h, s } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 220;

export function projection(places) {
  const latitudes = places.map((place) => place.latitude);
  const longitudes = places.map((place) => place.longitude);
  const south = Math.min(...latitudes);
  const north = Math.max(...latitudes);
  const west = Math.min(...longitudes);
  const east = Math.max(...longitudes);
  const tall = Math.max(north - south, 0.02) * 1.25;
  const wide = Math.max(east - west, 0.02) * 1.25;
  const middle = [(south + north) / 2, (west + east) / 2];
  return {
    to: (latitude, longitude) => [
      WIDTH / 2 + ((longitude - middle[1]) / wide) * WIDTH,
      HEIGHT / 2 - ((latitude - middle[0]) / tall) * HEIGHT,
    ],
    from: (x, y) => [middle[0] - ((y - HEIGHT / 2) / HEIGHT) * tall, middle[1] + ((x - WIDTH / 2) / WIDTH) * wide],
  };
}

function ground() {
  const road = (d, width = 5) => [
    s("path", { d, fill: "none", stroke: "#dcdfe4", "stroke-width": width + 1.6 }),
    s("path", { d, fill: "none", stroke: "#fff", "stroke-width": width }),
  ];
  return [
    s("rect", { width: WIDTH, height: HEIGHT, fill: "#f1f0eb" }),
    s("ellipse", { cx: 52, cy: 56, rx: 40, ry: 27, fill: "#d4e9cc" }),
    s("ellipse", { cx: 268, cy: 176, rx: 46, ry: 25, fill: "#d4e9cc" }),
    s("path", {
      d: "M-5 92 C60 66 92 150 160 136 S262 68 330 108",
      fill: "none",
      stroke: "#b5d7f0",
      "stroke-width": 11,
    }),
    s("ellipse", { cx: 160, cy: 108, rx: 132, ry: 92, fill: "none", stroke: "#f4d9a0", "stroke-width": 5 }),
    s("ellipse", { cx: 160, cy: 108, rx: 74, ry: 52, fill: "none", stroke: "#f4d9a0", "stroke-width": 4 }),
    ...road("M160 -5 V225", 6),
    ...road("M-5 112 H325", 5),
    ...road("M20 -5 L300 225", 3),
    ...road("M300 -5 L20 225", 3),
    ...road("M-5 42 H325", 2.5),
    ...road("M-5 178 H325", 2.5),
    ...road("M72 -5 V225", 2.5),
    ...road("M246 -5 V225", 2.5),
  ];
}

function pin(x, y, colour = "#e5484d") {
  return s(
    "g",
    { transform: `translate(${x} ${y})`, class: "pin" },
    s("ellipse", { cx: 0, cy: 1, rx: 5, ry: 2, fill: "#0003" }),
    s("path", { d: "M0 0 C-9 -11 -9 -22 0 -22 S9 -11 0 0", fill: colour }),
    s("circle", { cx: 0, cy: -14, r: 3.4, fill: "#fff" }),
  );
}

export function thumbnail(place, places) {
  const [x, y] = projection([...places, place]).to(place.latitude, place.longitude);
  const left = Math.min(Math.max(x - 70, 0), WIDTH - 140);
  const top = Math.min(Math.max(y - 40, 0), HEIGHT - 62);
  const box = { viewBox: `${left} ${top} 140 62`, class: "map-thumbnail", preserveAspectRatio: "xMidYMid slice" };
  return s("svg", box, ...ground(), pin(x, y));
}

// A full-screen picker inside one phone; resolves with the chosen place or null.
export function pickPlace(screen, places, current) {
  return new Promise((resolve) => {
    let chosen = current || places[0];
    const flat = projection(current ? [...places, current] : places);
    const map = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", testid: "location-map" });
    const list = h("ul", { class: "place-list" });
    const close = (answer) => {
      overlay.remove();
      resolve(answer);
    };
    const draw = () => {
      const dots = places.map((place) => {
        const [x, y] = flat.to(place.latitude, place.longitude);
        return s(
          "g",
          { class: "place-dot" },
          s("circle", { cx: x, cy: y, r: 3, fill: "#2f6fde", stroke: "#fff", "stroke-width": 1.4 }),
          s("text", { x: x + 5, y: y + 3, "font-size": 8, fill: "#555" }, place.label),
        );
      });
      map.replaceChildren(...ground(), ...dots, pin(...flat.to(chosen.latitude, chosen.longitude)));
      const rows = chosen.custom || (current && !places.some((p) => p.label === current.label)) ? [chosen.custom ? chosen : current, ...places] : places;
      list.replaceChildren(
        ...rows.map((place) =>
          h(
            "li",
            {
              class: place.label === chosen.label ? "chosen" : "",
              testid: `location-place-${place.label}`,
              onclick: () => {
                chosen = place;
                draw();
              },
            },
            h("b", {}, place.label),
            h("small", {}, `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`),
          ),
        ),
      );
    };
    map.addEventListener("click", (event) => {
      const box = map.getBoundingClientRect();
      const scale = Math.max(box.width / WIDTH, box.height / HEIGHT);
      const x = (event.clientX - box.left - box.width / 2) / scale + WIDTH / 2;
      const y = (event.clientY - box.top - box.height / 2) / scale + HEIGHT / 2;
      const [latitude, longitude] = flat.from(x, y);
      chosen = { label: "地图选点", latitude: +latitude.toFixed(6), longitude: +longitude.toFixed(6), custom: true };
      draw();
    });
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
      map,
      list,
    );
    draw();
    screen.append(overlay);
  });
}
