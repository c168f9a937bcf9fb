// What every page knows: homes, people, their messages, what has been read, and the time.
import { Clock } from "./clock.js";

const SEEN = "sandbox-seen";

// The chat a bubble belongs to: a group, an app of a corp, or the service account.
export const chatOf = (message) => (message.chat ? `group-${message.chat}` : String(message.agent_id ?? "account"));

// What the sandbox answered, and what the stream told while it was on its way.
function merged(answered, known) {
  const last = answered.at(-1)?.seq || 0;
  const newer = new Map(known.map((message) => [message.seq, message]));
  const kept = answered.map((message) => (newer.get(message.seq)?.revision > message.revision ? newer.get(message.seq) : message));
  return [...kept, ...known.filter((message) => message.seq > last)];
}

export class Store {
  constructor() {
    this.homes = new Map();
    this.people = new Map();
    this.places = [];
    this.faults = [];
    this.clock = new Clock();
    this.texts = new Map();
    this.early = [];
    this.revision = 0;
    this.seen = JSON.parse(sessionStorage.getItem(SEEN) || "{}");
  }

  load(state) {
    this.homes = new Map(state.homes.map((home) => [home.id, home]));
    this.places = state.places;
    this.faults = state.faults;
    const people = new Map();
    for (const person of state.people) {
      const key = `${person.home}/${person.id}`;
      const old = this.people.get(key);
      const messages = merged(person.messages, old?.messages || []);
      people.set(key, Object.assign(old || { key }, person, { messages }));
    }
    this.people = people;
    this.clock.set(state.clock);
    this.revision = Math.max(this.revision, state.revision);
    for (const message of this.early.splice(0)) this.add(message);
  }

  now() {
    return this.clock.now();
  }

  // The owner of a new or changed bubble, and whether it is new; null for somebody unknown.
  add(message) {
    if (!this.people.size) this.early.push(message);
    else this.count(message.revision);
    const person = this.people.get(`${message.home}/${message.person}`);
    if (!person) return [null, false];
    const index = person.messages.findIndex((other) => other.seq === message.seq);
    if (index >= 0 && person.messages[index].revision > message.revision) return [person, false];
    if (index >= 0) person.messages[index] = message;
    else person.messages.push(message);
    return [person, index < 0];
  }

  // Revisions have no gaps: one that is skipped was lost on the way (the sandbox drops what a page is too slow for).
  count(revision) {
    if (revision > this.revision + 1) this.onGap?.();
    this.revision = Math.max(this.revision, revision);
  }

  // -- chats --------------------------------------------------------------------------------------------------

  // A person's chats: apps (or the account), then groups, the liveliest first.
  chats(person) {
    const home = this.homes.get(person.home);
    const chats = new Map();
    for (const app of home?.apps || []) {
      const key = String(app.agent_id ?? "account");
      chats.set(key, { key, kind: "app", agent: app.agent_id, name: app.name, menu: app.menu || [], messages: [] });
    }
    for (const message of person.messages) {
      const key = chatOf(message);
      if (message.chat && !chats.has(key)) {
        chats.set(key, { key, kind: "group", agent: message.agent_id, chat: message.chat, name: message.chat_name, menu: [], messages: [] });
      }
      const chat = chats.get(key);
      if (!chat) continue;
      if (message.chat) chat.name = message.chat_name || chat.name;
      chat.messages.push(message);
    }
    const last = (chat) => chat.messages.at(-1)?.seq || 0;
    return [...chats.values()].sort((a, b) => last(b) - last(a));
  }

  chat(person, key) {
    return this.chats(person).find((chat) => chat.key === key);
  }

  // -- unread -------------------------------------------------------------------------------------------------

  unread(person, chat) {
    const seen = this.seen[`${person.key}/${chat.key}`] || 0;
    return chat.messages.filter((message) => message.direction === "in" && message.msgtype !== "notice" && message.seq > seen).length;
  }

  unreadTexts(person) {
    const seen = this.seen[`${person.key}/sms`] || 0;
    return (this.texts.get(person.key) || []).filter((text) => text.seq > seen).length;
  }

  unreadChats(person) {
    return this.chats(person).reduce((sum, chat) => sum + this.unread(person, chat), 0);
  }

  unreadOf(person) {
    return this.unreadChats(person) + this.unreadTexts(person);
  }

  markSeen(person, chat) {
    const last = this.chat(person, chat)?.messages.at(-1);
    if (last) this.remember(`${person.key}/${chat}`, last.seq);
  }

  markTextsSeen(person) {
    const last = this.texts.get(person.key)?.at(-1);
    if (last) this.remember(`${person.key}/sms`, last.seq);
  }

  remember(key, value) {
    if (this.seen[key] === value) return;
    this.seen[key] = value;
    sessionStorage.setItem(SEEN, JSON.stringify(this.seen));
    this.onSeen?.();
  }

  // -- text messages ------------------------------------------------------------------------------------------

  // Reads anew what arrived on a person's phone by SMS.
  async loadTexts(person) {
    const path = `/control/people/${encodeURIComponent(person.id)}/sms?home=${encodeURIComponent(person.home)}`;
    const response = await fetch(path);
    if (response.ok) this.texts.set(person.key, (await response.json()).texts);
  }

  forget() {
    this.seen = {};
    sessionStorage.removeItem(SEEN);
    this.people = new Map();
    this.texts = new Map();
    this.early = [];
    this.revision = 0;
  }
}
