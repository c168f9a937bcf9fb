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
