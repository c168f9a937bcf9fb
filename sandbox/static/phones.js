// The page: who is there, which phones stand side by side, what time it is.
import { avatar, call, h, toast } from "./dom.js";
import { Phone, chinaParts } from "./phone.js";

const SEEN = "sandbox-seen";

class Store {
  constructor() {
    this.homes = new Map();
    this.people = new Map();
    this.places = [];
    this.clock = { base: Date.now(), mark: performance.now(), rate: 1, moved: false };
    this.seen = JSON.parse(sessionStorage.getItem(SEEN) || "{}");
  }

  load(state) {
    this.homes = new Map(state.homes.map((home) => [home.id, home]));
    this.places = state.places;
    const people = new Map();
    for (const person of state.people) {
      const key = `${person.home}/${person.id}`;
      const old = this.people.get(key);
      people.set(key, old ? Object.assign(old, person) : { ...person, key });
    }
    this.people = people;
    this.setClock(state.clock);
  }

  setClock(clock) {
    this.clock = { base: Date.parse(clock.now), mark: performance.now(), rate: clock.rate, moved: clock.moved };
  }

  now() {
    return this.clock.base + (performance.now() - this.clock.mark) * this.clock.rate;
  }

  add(message) {
    const person = this.people.get(`${message.home}/${message.person}`);
    if (!person) return [null, false];
    const index = person.messages.findIndex((other) => other.seq === message.seq);
    if (index >= 0) person.messages[index] = message;
    else person.messages.push(message);
    return [person, index < 0];
  }

  messagesOf(person, agent) {
    return person.messages.filter((message) => message.agent_id === (agent ?? null));
  }

  unread(person, agent) {
    const seen = this.seen[`${person.key}/${agent}`] || 0;
    return this.messagesOf(person, agent).filter((message) => message.direction === "in" && message.seq > seen).length;
  }

  unreadOf(person) {
    const apps = this.homes.get(person.home)?.apps || [];
    return apps.reduce((sum, app) => sum + this.unread(person, app.agent_id), 0);
  }

  markSeen(person, agent) {
    const last = this.messagesOf(person, agent).at(-1);
    if (!last) return;
    this.seen[`${person.key}/${agent}`] = last.seq;
    sessionStorage.setItem(SEEN, JSON.stringify(this.seen));
    schedulePeople();
  }

  forget() {
    this.seen = {};
    sessionStorage.removeItem(SEEN);
    this.people = new Map();
  }
}

const store = new Store();
const phones = [];
const peopleList = document.getElementById("people");
const stage = document.getElementById("phones");

// -- who stands side by side ------------------------------------------------------------------------------------

function capacity() {
  if (innerWidth < 720) return 1;
  return innerWidth < 1100 ? 2 : 3;
}

function openPhone(person, enter = true) {
  const existing = phones.find((phone) => phone.key === person.key);
  if (existing) {
    closePhone(existing);
    return;
  }
  while (phones.length >= capacity()) closePhone(phones[0]);
  const phone = new Phone(store, person, () => closePhone(phone));
  phones.push(phone);
  const first = store.homes.get(person.home)?.apps[0];
  stage.querySelector(".empty")?.remove();
  stage.append(phone.element);
  if (first && enter) phone.showChat(first.agent_id);
  document.body.classList.remove("choosing");
  remember();
  drawPeople();
}

function closePhone(phone) {
  phones.splice(phones.indexOf(phone), 1);
  phone.element.remove();
  if (!phones.length) showEmpty();
  remember();
  drawPeople();
}

function showEmpty() {
  const text = store.people.size ? "点左边的人，拿起手机。" : "还没有人。先用控制接口 PUT /control/corps/{企业} 配置企业，页面会自动出现。";
  stage.replaceChildren(h("p", { class: "empty" }, text));
}

function remember() {
  const ids = phones.map((phone) => phone.person.id).join(",");
  history.replaceState(null, "", ids ? `/?open=${encodeURIComponent(ids).replaceAll("%2C", ",")}` : "/");
}

// -- left side --------------------------------------------------------------------------------------------------

function groups() {
  const found = [];
  for (const home of store.homes.values()) {
    const people = [...store.people.values()].filter((person) => person.home === home.id);
    if (home.kind === "account") found.push([`候选人 · ${home.name}`, people]);
    else {
      const lead = (person) => /主管|经理|总监|组长|人事|合规|财务|总部|HR/i.test(person.position || "");
      found.push([`主管与职能 · ${home.name}`, people.filter(lead)]);
      found.push([`员工 · ${home.name}`, people.filter((person) => !lead(person))]);
    }
  }
  return found.filter(([, people]) => people.length);
}

let peoplePending = false;

function schedulePeople() {
  if (peoplePending) return;
  peoplePending = true;
  requestAnimationFrame(() => {
    peoplePending = false;
    drawPeople();
  });
}

let filter = "";
const search = h("input", {
  class: "search",
  type: "search",
  placeholder: "找人",
  testid: "people-search",
  "aria-label": "找人",
  oninput: (event) => {
    filter = event.target.value.trim();
    drawPeople();
  },
});
const listing = h("div", { class: "people-list" });
peopleList.append(search, listing);

function drawPeople() {
  const wanted = (person) => !filter || [person.name, person.id, person.position].some((text) => (text || "").includes(filter));
  listing.replaceChildren(
    ...groups().map(([title, people]) =>
      h(
        "section",
        {},
        h("h3", {}, title),
        people.filter(wanted).map((person) => {
          const unread = store.unreadOf(person);
          const open = phones.some((phone) => phone.key === person.key);
          const note = person.kind === "member" ? [person.position, ...(person.departments || [])].filter(Boolean).join(" · ") : person.following ? "已关注" : "未关注";
          return h(
            "button",
            { class: `person ${open ? "open" : ""}`, testid: `person-${person.id}`, onclick: () => openPhone(person) },
            h("span", { class: "with-badge" }, avatar(person.name, "person", 34), unread ? h("i", { class: "badge" }, unread > 99 ? "99+" : String(unread)) : null),
            h("span", {}, h("b", {}, person.name), h("small", {}, note)),
          );
        }),
      ),
    ),
  );
}

// -- clock ------------------------------------------------------------------------------------------------------

function drawClock() {
  const parts = chinaParts(store.now());
  document.getElementById("clock-now").textContent = `${parts.month}月${parts.date}日 周${parts.weekday} ${parts.time}`;
  document.getElementById("clock-moved").hidden = !store.clock.moved;
  for (const phone of phones) phone.tick(parts);
}

const guarded = (work) => async () => {
  try {
    await work();
  } catch (error) {
    toast(error.message);
  }
};

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", guarded(() => call("POST", "/control/clock/advance", { seconds: Number(button.dataset.advance) })));
}
document.getElementById("clock-reset").addEventListener("click", guarded(() => call("POST", "/control/clock/reset")));
document.getElementById("clock-morning").addEventListener(
  "click",
  guarded(() => {
    const tomorrow = chinaParts(store.now() + 24 * 3600 * 1000);
    return call("PUT", "/control/clock", { now: `${tomorrow.day}T08:45:00+08:00` });
  }),
);
document.querySelector(".people-toggle").addEventListener("click", () => document.body.classList.toggle("choosing"));
setInterval(drawClock, 500);

// -- pages inside phones ----------------------------------------------------------------------------------------

addEventListener("message", async (event) => {
  const request = event.data;
  if (!request || request.sandbox !== "call") return;
  const phone = phones.find((candidate) => candidate.frame && candidate.frame.contentWindow === event.source);
  if (!phone) return;
  let reply;
  try {
    reply = { result: await phone.answer(request) };
  } catch (error) {
    reply = { error: error.message };
  }
  event.source.postMessage({ sandbox: "answer", id: request.id, ...reply }, event.origin === "null" ? "*" : event.origin);
});

// -- live -------------------------------------------------------------------------------------------------------

async function reload() {
  store.load(await (await fetch("/phones/state")).json());
  for (const phone of [...phones]) {
    const person = store.people.get(phone.key);
    if (!person) {
      closePhone(phone);
      continue;
    }
    phone.person = person;
    phone.showPlace();
    phone.drawFoot();
    for (const message of person.messages) phone.receive(message, !phone.bubbles.has(message.seq));
  }
  if (!phones.length) showEmpty();
  drawPeople();
  drawClock();
}

let reloading = 0;

function scheduleReload() {
  clearTimeout(reloading);
  reloading = setTimeout(() => reload().catch((error) => toast(error.message)), 60);
}

function listen() {
  const stream = new EventSource("/phones/stream");
  const on = (name, react) => stream.addEventListener(name, (event) => react(JSON.parse(event.data)));
  let connected = false;
  stream.onopen = () => {
    document.getElementById("offline").hidden = true;
    if (connected) scheduleReload();
    connected = true;
  };
  stream.onerror = () => (document.getElementById("offline").hidden = false);
  on("message", (message) => {
    const [person, isNew] = store.add(message);
    if (!person) return;
    phones.find((phone) => phone.key === person.key)?.receive(message, isNew);
    schedulePeople();
  });
  on("typing", ({ home, person, typing }) => phones.find((phone) => phone.key === `${home}/${person}`)?.setTyping(typing));
  on("place", ({ home, person, place }) => {
    const found = store.people.get(`${home}/${person}`);
    if (found) found.place = place;
    phones.find((phone) => phone.key === `${home}/${person}`)?.showPlace();
  });
  on("clock", (clock) => {
    store.setClock(clock);
    drawClock();
  });
  on("people", scheduleReload);
  on("reset", () => {
    store.forget();
    for (const phone of [...phones]) closePhone(phone);
    scheduleReload();
  });
}

await reload();
const asked = (new URLSearchParams(location.search).get("open") || "").split(",").filter(Boolean);
for (const id of asked.slice(0, capacity())) {
  const person = [...store.people.values()].find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
  if (person) openPhone(person);
}
listen();
document.body.dataset.ready = "true";
