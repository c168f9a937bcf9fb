// The check-in page: asks the phone where it is, then one tap posts to the JSON API. Without a signal the tap
// waits on the phone with its own moment and a key, and is sent once as soon as the network is back.
"use strict";
(() => {
  const part = (id) => document.getElementById(id);
  const texts = JSON.parse(part("texts").textContent);
  const jssdk = JSON.parse(part("jssdk").textContent);
  const page = part("checkin").dataset;
  const tap = part("tap");
  const time = part("time");
  const ahead = Date.parse(time.dataset.now) - Date.now();
  const shelf = `muster-checkins-${page.person}`;
  let location = {};
  let way = page.way;

  const clock = (moment, seconds) => moment.toLocaleTimeString("zh-CN", {
    hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}),
    hour12: false, timeZone: "Asia/Shanghai",
  });
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const here = () => new Date(Date.now() + ahead);
  const tapped = (one) => clock(new Date(Date.parse(one.at) + ahead));
  const made = () => (crypto.randomUUID ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join(""));

  const read = () => {
    try { return JSON.parse(localStorage.getItem(shelf)) || []; } catch { return []; }
  };
  const write = (taps) => {
    try {
      localStorage.setItem(shelf, JSON.stringify(taps));
      return true;
    } catch { return false; }
  };
  const device = (() => {
    try {
      const known = localStorage.getItem("muster-device") || made();
      localStorage.setItem("muster-device", known);
      return known;
    } catch { return ""; }
  })();

  const show = () => {
    const taps = read();
    part("waiting").hidden = taps.length === 0;
    part("waiting").replaceChildren(...taps.map((one) => {
      const line = document.createElement("li");
      line.textContent = fill(one.way === "out" ? texts.line_out : texts.line_in, { time: tapped(one) });
      return line;
    }));
  };

  setInterval(() => { if (!tap.disabled) time.textContent = clock(here(), true); }, 1000);

  const located = (found) => {
    location = found;
    part("place").textContent = texts.located;
  };
  const lost = () => { part("place").textContent = texts.no_location; };
  if (page.agreed === "yes" && !tap.disabled) {
    if (window.wx && jssdk.appId) {
      wx.config(jssdk);
      wx.ready(() => wx.getLocation({
        type: "gcj02",
        success: (r) => located({
          latitude: r.latitude, longitude: r.longitude, accuracy: r.accuracy, coord_type: "gcj02",
        }),
        fail: lost,
        cancel: lost,
      }));
      wx.error(lost);
    } else {
      lost();
    }
  }

  // What the server said, or null if it could not be reached: then the tap goes on waiting.
  const send = async (one) => {
    try {
      const response = await fetch("/api/v1/checkins", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Authorization": `Bearer ${page.token}` },
        body: JSON.stringify({ ...one, device, sent_at: new Date().toISOString() }),
        signal: AbortSignal.timeout(10000),
      });
      if (response.status >= 500 || response.status === 429) return null;
      const told = await response.json();
      const repeated = !response.ok && told.error.code === "already_checked_in";
      return {
        done: response.ok || repeated,
        login: !response.ok && told.error.code === "login_needed",
        message: response.ok ? told.message : told.error.message,
      };
    } catch { return null; }
  };

  // What the big button does next.
  const next = (one) => {
    part("place").textContent = "";
    const what = tap.querySelector(".what");
    if (page.both !== "yes") {
      what.textContent = texts.done;
      tap.disabled = true;
      return;
    }
    what.textContent = one.way === "out" ? texts.again : texts.out;
    way = "out";
    tap.disabled = false;
  };

  let busy = false;
  const flush = async () => {
    if (busy) return;
    busy = true;
    try {
      for (let taps = read(); taps.length > 0; taps = read()) {
        const [one] = taps;
        const answer = await send(one);
        if (answer === null) return;
        if (answer.login) {
          part("answer").textContent = answer.message;
          return;
        }
        write(read().filter((other) => other.key !== one.key));
        part("answer").textContent = answer.done
          ? answer.message : fill(texts.refused, { time: tapped(one), why: answer.message });
        if (answer.done) next(one); else tap.disabled = false;
      }
    } finally {
      busy = false;
      show();
    }
  };

  tap.addEventListener("click", async () => {
    if (way === "out" && page.ends && here() < new Date(page.ends) && !confirm(texts.early)) return;
    tap.disabled = true;
    part("answer").textContent = texts.sending;
    const one = { ...location, way, key: made(), at: new Date().toISOString() };
    if (write([...read(), one])) {
      await flush();
      if (!read().some((waiting) => waiting.key === one.key)) return;
      part("answer").textContent = fill(texts.waiting, { time: clock(here()) });
      next(one);
      return;
    }
    const answer = await send(one);
    part("answer").textContent = answer === null ? texts.no_signal : answer.message;
    if (answer !== null && answer.done) next(one); else tap.disabled = false;
  });

  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  setInterval(() => { if (read().length > 0) flush(); }, 15000);
  show();
  flush();
})();
