// Line drawings of the phones; all take the colour of the text around them.
const line = (paths, width = 1.6) =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round">${paths}</svg>`;

export const ICONS = {
  back: line('<path d="M15 5l-7 7 7 7"/>', 2),
  close: line('<path d="M6 6l12 12M18 6L6 18"/>'),
  more: '<svg viewBox="0 0 24 24" fill="currentColor"><circle cx="5.5" cy="12" r="1.7"/><circle cx="12" cy="12" r="1.7"/><circle cx="18.5" cy="12" r="1.7"/></svg>',
  plus: line('<circle cx="12" cy="12" r="9"/><path d="M12 8v8M8 12h8"/>', 1.5),
  smile: line('<circle cx="12" cy="12" r="9"/><path d="M8 14c1 1.8 2.4 2.6 4 2.6s3-.8 4-2.6M9 9.5v.6M15 9.5v.6"/>', 1.5),
  keyboard: line('<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M6.5 10h.6M10 10h.6M13.5 10h.6M17 10h.4M7 14.5h10"/>'),
  menu: line('<path d="M4 7h16M4 12h16M4 17h16"/>', 1.7),
  microphone: line('<circle cx="12" cy="12" r="9"/><path d="M9.5 12a0 0 0 0 1 0 0M11 9.6a3.4 3.4 0 0 1 0 4.8M13.4 7.6a6.2 6.2 0 0 1 0 8.8"/><circle cx="8.9" cy="12" r=".8" fill="currentColor" stroke="none"/>', 1.5),
  sound: '<svg class="waves" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"><circle cx="6" cy="12" r="1.6" fill="currentColor" stroke="none"/><path class="wave-1" d="M10 8.2a5.4 5.4 0 0 1 0 7.6"/><path class="wave-2" d="M13.8 4.6a10.4 10.4 0 0 1 0 14.8"/></svg>',
  picture: line('<rect x="3.5" y="5" width="17" height="14" rx="2"/><circle cx="9" cy="10" r="1.6"/><path d="M4 17l5-4 4 3 3-3 4 4"/>', 1.5),
  camera: line('<path d="M4 8h3.5l1.5-2.5h6L16.5 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z"/><circle cx="12" cy="13" r="3.4"/>', 1.5),
  video: line('<rect x="3" y="7" width="12" height="10" rx="2"/><path d="M15 11l5.5-3v8L15 13z"/>', 1.5),
  file: line('<path d="M6 3.5h8l4 4V20.5H6z"/><path d="M14 3.5v4h4M9 12h6M9 15.5h6"/>', 1.5),
  place: line('<path d="M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z"/><circle cx="12" cy="10" r="2.4"/>', 1.5),
  voice: line('<rect x="9" y="3.5" width="6" height="10.5" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>', 1.5),
  search: line('<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4 4"/>'),
  chats: line('<path d="M4 5.5h16v11H11l-4 3.5v-3.5H4z"/>', 1.5),
  grid: line('<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1.5"/>', 1.5),
  people: line('<circle cx="9" cy="8.5" r="3.2"/><path d="M3.5 19c.4-3.6 2.4-5.4 5.5-5.4s5.1 1.8 5.5 5.4M16 6a3 3 0 0 1 0 5.6M17.5 14c1.9.7 2.9 2.3 3.1 5"/>', 1.5),
  compass: line('<circle cx="12" cy="12" r="8.5"/><path d="M15.5 8.5l-2 5-5 2 2-5z"/>', 1.5),
  me: line('<circle cx="12" cy="8.5" r="3.8"/><path d="M5 20c.5-4 3-6 7-6s6.5 2 7 6"/>', 1.5),
  scan: line('<path d="M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16"/>', 1.5),
  reload: line('<path d="M19 12a7 7 0 1 1-2-5M19 4v4h-4"/>'),
  download: line('<path d="M12 4v11M7.5 11L12 15.5 16.5 11M5 20h14"/>'),
  play: '<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="11" fill="#0007" stroke="#fff" stroke-width="1.2"/><path d="M10 7.8l6.5 4.2L10 16.2z" fill="#fff"/></svg>',
  status:
    '<svg viewBox="0 0 60 14"><path d="M1 12h3V9H1zM6 12h3V7H6zM11 12h3V4h-3zM16 12h3V1h-3z" fill="currentColor"/><path d="M32 11.5l2-2.2a3 3 0 0 0-4 0zM27.5 6.6a6.6 6.6 0 0 1 9 0M25.5 4.3a10 10 0 0 1 13 0" fill="none" stroke="currentColor" stroke-width="1.5"/><rect x="42.5" y="2" width="14" height="9.5" rx="2.5" fill="none" stroke="currentColor"/><rect x="44.5" y="4" width="9" height="5.5" rx="1" fill="currentColor"/></svg>',
  bubble: '<svg viewBox="0 0 40 40"><path d="M20 9c7.7 0 14 4.7 14 10.5S27.7 30 20 30c-1.5 0-3-.2-4.4-.5L10 33l1.2-5.3C8 25.8 6 22.8 6 19.5 6 13.7 12.3 9 20 9z" fill="#fff"/></svg>',
  wechat: '<svg viewBox="0 0 40 40"><path d="M16 8c6.1 0 11 4 11 9s-4.9 9-11 9c-1.3 0-2.5-.2-3.6-.5L8 28l1-3.9C6.6 22.4 5 19.9 5 17c0-5 4.9-9 11-9z" fill="#fff"/><path d="M26 18c5 0 9 3.3 9 7.3 0 2.3-1.3 4.3-3.3 5.7l.8 3.1-3.5-1.9c-.9.3-1.9.4-3 .4-5 0-9-3.3-9-7.3s4-7.3 9-7.3z" fill="#fff" opacity=".82"/><g fill="#07c160"><circle cx="12.5" cy="14.5" r="1.4"/><circle cx="19.5" cy="14.5" r="1.4"/></g></svg>',
};
