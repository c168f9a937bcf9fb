// Platform time on a page: what it is now, and the buttons that move it.
import { call, h, toast } from "./dom.js";
import { DAY, chinaParts, clockFace, distance } from "./time.js";

export const FAST = 60;

export class Clock {
  constructor() {
    this.set({ now: new Date().toISOString(), rate: 1, moved: false });
  }

  set(clock) {
    this.base = Date.parse(clock.now);
    this.mark = performance.now();
    this.rate = clock.rate;
    this.moved = clock.moved;
  }

  now() {
    return this.base + (performance.now() - this.mark) * this.rate;
  }
}

const move = (path, body) => async () => {
  try {
    await call(path ? "POST" : "PUT", `/control/clock${path}`, typeof body === "function" ? body() : body);
  } catch (error) {
    toast(error.message);
  }
};

// Fills `bar` with the face and the buttons; answers a function that draws the present moment.
export function mountClock(bar, clock) {
  const face = h("time", { testid: "clock-now" });
  const state = h("span", { class: "clock-state", testid: "clock-state", hidden: true });
  const toggle = h("button", { class: "clock-face", testid: "clock-toggle", title: "平台时间；点这里拨动", "aria-expanded": "false" }, face, state);
  const button = (testid, words, title, run) => h("button", { testid, title, onclick: run }, words);
  const morning = () => ({ now: `${chinaParts(clock.now() + DAY).day}T08:45:00+08:00` });
  const fast = button("clock-fast", `${FAST} 倍速`, "一分钟走一小时", move("", () => ({ rate: clock.rate === FAST ? 1 : FAST })));
  const reset = button("clock-reset", "回到现在", "平台时间恢复成真实时间", move("/reset"));
  const tools = h(
    "div",
    { class: "clock-tools" },
    button("clock-10m", "快进 10 分钟", "途中到点的事会发生", move("/advance", { seconds: 600 })),
    button("clock-1h", "快进 1 小时", "途中到点的事会发生", move("/advance", { seconds: 3600 })),
    button("clock-morning", "到明早 08:45", "跳到明天早上 08:45", move("", morning)),
    fast,
    reset,
  );
  const open = (wanted) => {
    bar.classList.toggle("open", wanted);
    toggle.setAttribute("aria-expanded", String(wanted));
  };
  toggle.addEventListener("click", () => open(!bar.classList.contains("open")));
  addEventListener("pointerdown", (event) => bar.contains(event.target) || open(false));
  addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  bar.replaceChildren(toggle, tools);
  return () => {
    const now = clock.now();
    const pace = clock.rate === 0 ? "已停住" : clock.rate === 1 ? "" : `${clock.rate} 倍速`;
    const apart = clock.moved ? distance(now - Date.now()) : "";
    face.textContent = clockFace(now);
    state.textContent = pace || (clock.moved ? "演示时间" : "");
    state.hidden = !clock.moved;
    state.title = clock.moved ? `比真实时间${apart}` : "";
    fast.classList.toggle("on", clock.rate === FAST);
    reset.disabled = !clock.moved;
  };
}
