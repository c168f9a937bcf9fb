// The page of phones: who stands side by side, what time it is, and what comes in.
import { mountClock } from "./clock.js";
import { h, toast } from "./dom.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { Store } from "./store.js";
import { chinaParts } from "./time.js";

const store = new Store();
const phones = [];
const stage = document.getElementById("phones");
const people = new People(
  document.getElementById("people"),
  store,
  (person) => phones.some((phone) => phone.key === person.key),
  (person) => openPhone(person),
);
store.onSeen = () => people.schedule();

// -- who stands side by side --------------------------------------------------------------------------------------

function capacity() {
  if (innerWidth < 720) return 1;
  if (innerWidth < 1100) return 2;
  return innerWidth < 1700 ? 3 : 4;
}

function openPhone(person) {
  const existing = phones.find((phone) => phone.key === person.key);
  document.body.classList.remove("choosing");
  if (existing) {
    if (capacity() > 1) closePhone(existing);
    return;
  }
  while (phones.length >= capacity()) closePhone(phones[0]);
  const phone = new Phone(store, person, () => closePhone(phone));
  phones.push(phone);
  stage.querySelector(".empty")?.remove();
  stage.append(phone.element);
  const first = store.homes.get(person.home)?.apps[0];
  if (first) phone.showChat(String(first.agent_id ?? "account"));
  store.loadTexts(person).then(() => phone.refresh());
  remember();
  people.draw();
}

function closePhone(phone) {
  phones.splice(phones.indexOf(phone), 1);
  phone.element.remove();
  if (!phones.length) showEmpty();
  remember();
  people.draw();
}

function showEmpty() {
  const text = store.people.size ? "选一个人，拿起他的手机。" : "还没有人。先用控制接口 PUT /control/corps/{企业} 配置企业，页面会自动出现。";
  const choose = h("button", { class: "choose", onclick: () => document.body.classList.add("choosing") }, "选人");
  stage.replaceChildren(h("div", { class: "empty" }, text, choose));
}

function remember() {
  const ids = phones.map((phone) => phone.person.id).join(",");
  history.replaceState(null, "", ids ? `/?open=${encodeURIComponent(ids).replaceAll("%2C", ",")}` : "/");
}

document.querySelector(".people-toggle").addEventListener("click", () => document.body.classList.toggle("choosing"));
document.querySelector(".curtain").addEventListener("click", () => document.body.classList.remove("choosing"));
addEventListener("resize", () => {
  while (phones.length > capacity()) closePhone(phones[0]);
});

// -- time -----------------------------------------------------------------------------------------------------------

const drawClock = mountClock(document.getElementById("clock"), store.clock);

function tick() {
  drawClock();
  const parts = chinaParts(store.now());
  for (const phone of phones) phone.tick(parts);
}

setInterval(tick, 500);

// -- pages inside phones --------------------------------------------------------------------------------------------

addEventListener("message", async (event) => {
  const request = event.data;
  if (!request || request.sandbox !== "call") return;
  const phone = phones.find((candidate) => candidate.browser?.frame.contentWindow === event.source);
  if (!phone) return;
  let reply;
  try {
    reply = { result: await phone.browser.answer(request) };
  } catch (error) {
    reply = { error: error.message };
  }
  event.source.postMessage({ sandbox: "answer", id: request.id, ...reply }, event.origin === "null" ? "*" : event.origin);
});

// -- live -----------------------------------------------------------------------------------------------------------

async function reload() {
  store.load(await (await fetch("/phones/state")).json());
  for (const phone of [...phones]) {
    const person = store.people.get(phone.key);
    if (!person) {
      closePhone(phone);
      continue;
    }
    phone.person = person;
    phone.reload();
  }
  if (!phones.length) showEmpty();
  people.draw();
  tick();
}

let reloading = 0;

function scheduleReload() {
  clearTimeout(reloading);
  reloading = setTimeout(() => reload().catch((error) => toast(error.message)), 60);
}

// Something became of an SMS: whoever has the number reads anew.
async function readTexts(text) {
  for (const { home, person: id } of text.people) {
    const person = store.people.get(`${home}/${id}`);
    if (!person) continue;
    const before = (store.texts.get(person.key) || []).length;
    await store.loadTexts(person);
    const phone = phones.find((candidate) => candidate.key === person.key);
    const texts = store.texts.get(person.key);
    if (texts.length > before) phone?.receiveText(texts.at(-1));
    people.schedule();
  }
}

function listen() {
  const stream = new EventSource("/phones/stream");
  const on = (name, react) => stream.addEventListener(name, (event) => react(JSON.parse(event.data)));
  const phoneOf = ({ home, person }) => phones.find((phone) => phone.key === `${home}/${person}`);
  stream.onopen = () => {
    document.getElementById("offline").hidden = true;
    begin().catch((error) => toast(error.message));
  };
  stream.onerror = () => (document.getElementById("offline").hidden = false);
  on("message", (message) => {
    const [person, isNew] = store.add(message);
    if (!person) return;
    phoneOf(message)?.receive(message, isNew);
    people.schedule();
  });
  on("typing", (event) => phoneOf(event)?.setTyping(event.typing));
  on("place", (event) => {
    const found = store.people.get(`${event.home}/${event.person}`);
    if (found) found.place = event.place;
    phoneOf(event)?.refresh();
  });
  on("sms", readTexts);
  on("clock", (clock) => {
    store.clock.set(clock);
    tick();
  });
  on("people", scheduleReload);
  on("reset", () => {
    store.forget();
    for (const phone of [...phones]) closePhone(phone);
    scheduleReload();
  });
}

store.onGap = scheduleReload;
let begun = false;

// The stream listens: what is read from now on misses nothing. The first time, the phones asked for are picked up.
async function begin() {
  await reload();
  if (begun) return;
  begun = true;
  const asked = (new URLSearchParams(location.search).get("open") || "").split(",").filter(Boolean);
  for (const id of asked.slice(0, capacity())) {
    const person = [...store.people.values()].find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
    if (person) openPhone(person);
  }
  tick();
  document.body.dataset.ready = "true";
}

listen();
