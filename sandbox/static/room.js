// The control room: the clock, the faults, and the live log of every call and callback.
import { mountClock } from "./clock.js";
import { call, toast } from "./dom.js";
import { Faults } from "./faults.js";
import { Log } from "./log.js";
import { Store } from "./store.js";
import { chinaParts, readChina } from "./time.js";

const store = new Store();
const byId = (id) => document.getElementById(id);
const log = new Log(store, byId("rows"), byId("panel"));
const faults = new Faults(byId("faults"), store);
const drawClock = mountClock(byId("clock"), store.clock);

// -- which half is in front on a small screen -----------------------------------------------------------------------

function turn(side) {
  document.body.dataset.side = side;
  for (const button of document.querySelectorAll("[data-turn]")) button.classList.toggle("on", button.dataset.turn === side);
}

for (const button of document.querySelectorAll("[data-turn]")) button.addEventListener("click", () => turn(button.dataset.turn));
document.body.dataset.page = location.pathname === "/log" ? "log" : "room";
turn(location.pathname === "/log" ? "log" : "switches");
for (const link of document.querySelectorAll(".links a")) link.classList.toggle("here", link.getAttribute("href") === location.pathname);

// -- time -------------------------------------------------------------------------------------------------------------

const when = byId("when");

async function set(body) {
  try {
    await call("PUT", "/control/clock", body);
  } catch (error) {
    toast(error.message);
  }
}

byId("jump").addEventListener("submit", (event) => {
  event.preventDefault();
  const now = readChina(when.value);
  const error = byId("when-error");
  error.textContent = "没有这个时间。写成 2026-11-26 08:45，用 24 小时制。";
  error.hidden = Boolean(now);
  when.setAttribute("aria-invalid", String(!now));
  if (now) set({ now });
});
for (const button of document.querySelectorAll("[data-rate]")) button.addEventListener("click", () => set({ rate: Number(button.dataset.rate) }));

function tick() {
  drawClock();
  const { day, time, seconds } = chinaParts(store.now());
  byId("platform-time").textContent = `${day} ${time}:${seconds}`;
  const machine = chinaParts(Date.now());
  byId("machine-time").textContent = `${machine.day} ${machine.time}:${machine.seconds}`;
  for (const button of document.querySelectorAll("[data-rate]")) button.classList.toggle("on", Number(button.dataset.rate) === store.clock.rate);
  if (!when.value && document.activeElement !== when) when.value = `${day} ${time}`;
}

setInterval(tick, 500);

// -- log --------------------------------------------------------------------------------------------------------------

for (const box of document.querySelectorAll("[data-kind-box]")) {
  box.addEventListener("change", () => {
    for (const kind of box.dataset.kindBox.split(" ")) log.kinds[box.checked ? "add" : "delete"](kind);
    log.filter({});
  });
}
byId("show-chores").addEventListener("change", (event) => log.filter({ quiet: !event.target.checked }));
byId("search").addEventListener("input", (event) => log.filter({ words: event.target.value.trim().toLowerCase() }));
byId("clear").addEventListener("click", () => log.clear());

byId("reset").addEventListener("click", async () => {
  if (!confirm("清空沙箱？企业、人员、聊天和故障都会消失，正在跑的演示要重新启动。")) return;
  await call("POST", "/control/reset");
});

// -- live -------------------------------------------------------------------------------------------------------------

async function reload() {
  store.load(await (await fetch("/phones/state")).json());
  await faults.read();
  tick();
}

let faultsAsked = 0;

// A strike uses a fault up without a word: look again after traffic.
function readFaultsSoon() {
  if (faultsAsked || !faults.faults.length) return;
  faultsAsked = setTimeout(() => {
    faultsAsked = 0;
    faults.read().catch((error) => toast(error.message));
  }, 300);
}

function listen() {
  const stream = new EventSource("/phones/stream?log=1");
  const on = (name, react) => stream.addEventListener(name, (event) => react(JSON.parse(event.data)));
  stream.onopen = () => {
    byId("offline").hidden = true;
    begin().catch((error) => toast(error.message));
  };
  stream.onerror = () => (byId("offline").hidden = false);
  on("log", (entry) => {
    log.take(entry).catch((error) => toast(error.message));
    readFaultsSoon();
  });
  on("message", (message) => store.add(message));
  on("clock", (clock) => {
    store.clock.set(clock);
    tick();
  });
  on("faults", ({ faults: now }) => faults.show(now));
  on("people", reload);
  on("reset", () => {
    store.forget();
    log.forget();
    reload();
  });
}

let reloading = 0;

store.onGap = () => {
  clearTimeout(reloading);
  reloading = setTimeout(() => reload().catch((error) => toast(error.message)), 60);
};

// The stream listens: what is read from now on misses nothing.
async function begin() {
  await reload();
  await log.read();
  document.body.dataset.ready = "true";
}

log.follow(null);
listen();
