// Times as people in China read them; everything in milliseconds since 1970.
const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const pad = (value, width = 2) => String(value).padStart(width, "0");

export function chinaParts(milliseconds) {
  const date = new Date(milliseconds + 8 * HOUR);
  return {
    day: `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`,
    month: date.getUTCMonth() + 1,
    date: date.getUTCDate(),
    weekday: "日一二三四五六"[date.getUTCDay()],
    time: `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`,
    seconds: pad(date.getUTCSeconds()),
    milliseconds: pad(date.getUTCMilliseconds(), 3),
  };
}

// "2026-11-26 08:45", a time in China, for the control interface; null if it is written otherwise or does not exist.
export function readChina(text) {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})\s+(\d{1,2}):(\d{2})$/.exec(text.trim().replace("：", ":"));
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number);
  const date = `${year}-${pad(month)}-${pad(day)}`;
  const time = `${pad(hour)}:${pad(minute)}`;
  const parts = chinaParts(Date.UTC(year, month - 1, day, hour, minute) - 8 * HOUR);
  return parts.day === date && parts.time === time ? `${date}T${time}:00+08:00` : null;
}

// The line between two bubbles.
export function whenInChat(at, now) {
  const parts = chinaParts(at);
  if (parts.day === chinaParts(now).day) return parts.time;
  if (parts.day === chinaParts(now - DAY).day) return `昨天 ${parts.time}`;
  return `${parts.month}月${parts.date}日 星期${parts.weekday} ${parts.time}`;
}

// The same in a list, where there is less room.
export function whenInList(at, now) {
  const parts = chinaParts(at);
  if (parts.day === chinaParts(now).day) return parts.time;
  if (parts.day === chinaParts(now - DAY).day) return "昨天";
  return `${parts.month}/${parts.date}`;
}

export function clockFace(at) {
  const parts = chinaParts(at);
  return `${parts.month}月${parts.date}日 周${parts.weekday} ${parts.time}`;
}

// A countdown: 47:59:08.
export function countdown(milliseconds) {
  const left = Math.max(0, Math.floor(milliseconds / 1000));
  return `${pad(Math.floor(left / 3600))}:${pad(Math.floor((left % 3600) / 60))}:${pad(left % 60)}`;
}

// How far platform time is from the machine's: 快 1 天 3 小时.
export function distance(milliseconds) {
  const size = Math.abs(milliseconds);
  const days = Math.floor(size / DAY);
  const hours = Math.floor((size % DAY) / HOUR);
  const minutes = Math.floor((size % HOUR) / MINUTE);
  const words = [days && `${days} 天`, hours && `${hours} 小时`, !days && minutes && `${minutes} 分钟`].filter(Boolean);
  return words.length ? `${milliseconds < 0 ? "慢" : "快"} ${words.join(" ")}` : "与真实时间一致";
}

export { DAY, HOUR, MINUTE };
