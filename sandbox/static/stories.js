// Which lines of the log belong to one message: from the tap, over the callback, to the answer on the phone.
import { element, isAutomatic, pathOf, receivers } from "./words.js";

// A call to a person this long after that person's callback is taken for its answer.
const ANSWER_WITHIN = 30 * 1000;
// More receivers than this, and it is a broadcast that answers nobody.
const BROADCAST = 5;

// Machine time at which an entry began: calls and callbacks are written down when they end.
export const startOf = (entry) => Date.parse(entry.real) - (entry.ms || 0);

export class Stories {
  constructor() {
    this.clear();
  }

  clear() {
    this.stories = new Map();
    this.callbacks = new Map();
    this.sendings = new Map();
    this.codes = new Map();
    this.media = new Map();
    this.recent = [];
  }

  // The story an entry belongs to; retries, answers, recalls and updates join the one that caused them.
  add(entry) {
    const story = this.find(entry);
    const found = story || this.open(entry);
    found.entries.push(entry);
    entry.story = found.id;
    return found;
  }

  find(entry) {
    if (entry.kind === "callback") return this.ofCallback(entry);
    if (entry.kind === "api") return this.ofCall(entry);
    return entry.kind === "drop" ? this.byPerson(entry, [entry.person.toLowerCase()]) : null;
  }

  get(id) {
    return this.stories.get(id);
  }

  open(entry) {
    const story = { id: entry.n, entries: [] };
    this.stories.set(story.id, story);
    return story;
  }

  ofCallback(entry) {
    const key = `${entry.path} ${entry.request}`;
    const story = this.callbacks.get(key) || this.open(entry);
    this.callbacks.set(key, story);
    const code = element(entry, "ResponseCode");
    if (code) this.codes.set(code, story);
    const media = element(entry, "MediaId");
    if (media) this.media.set(media, story);
    if (!isAutomatic(entry) && entry.person) this.recent.push({ story, person: entry.person.toLowerCase(), start: startOf(entry) });
    if (this.recent.length > 400) this.recent.splice(0, 200);
    return story;
  }

  ofCall(entry) {
    const story = this.exact(entry) || this.byPerson(entry, receivers(entry));
    const sent = entry.answer?.msgid;
    if (sent && story) this.sendings.set(String(sent), story);
    if (sent && !story) this.sendings.set(String(sent), this.open(entry));
    if (entry.answer?.response_code && sent) this.codes.set(entry.answer.response_code, this.sendings.get(String(sent)));
    return story || (sent ? this.sendings.get(String(sent)) : null);
  }

  // Joined by an id that both carry.
  exact(entry) {
    const { request = {}, query = {} } = entry;
    if (pathOf(entry) === "media/get") return this.media.get(query.media_id);
    return this.codes.get(request?.response_code) || (pathOf(entry) === "message/recall" ? this.sendings.get(String(request.msgid)) : null);
  }

  // Joined because it goes to the person who had just written: the wire does not say more.
  byPerson(entry, to) {
    if (!to.length || to.length > BROADCAST) return null;
    const at = startOf(entry);
    const near = this.recent.filter(({ person, start }) => to.includes(person) && at >= start && at - start < ANSWER_WITHIN);
    return near.at(-1)?.story || null;
  }
}
