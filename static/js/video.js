// A film plays in its place after a click; before that nothing is asked of its host. Without this the link leads
// there.

const number = (path) => path.match(/([0-9]{4,15})(?:\/([0-9a-f]+))?\/?$/) ?? [];
const last = (path) => path.replace(/\/$/, "").split("/").at(-1);

const PLAYERS = {
  YouTube: (url) => `https://www.youtube-nocookie.com/embed/${encodeURIComponent(url.searchParams.get("v") ?? last(url.pathname))}?autoplay=1&rel=0`,
  Vimeo: (url) => {
    const [, film, key] = number(url.pathname);
    return film && `https://player.vimeo.com/video/${film}?autoplay=1&dnt=1${key ? `&h=${key}` : ""}`;
  },
  Dailymotion: (url) => `https://geo.dailymotion.com/player.html?video=${encodeURIComponent(last(url.pathname))}`,
  PeerTube: (url) => `${url.origin}/videos/embed/${encodeURIComponent(last(url.pathname))}?autoplay=1`,
};
const HOSTS = [
  [/^((www|m)\.)?youtube\.com$|^www\.youtube-nocookie\.com$|^youtu\.be$/, "YouTube"],
  [/^((www|player)\.)?vimeo\.com$/, "Vimeo"],
  [/^www\.dailymotion\.com$/, "Dailymotion"],
  [/./, "PeerTube"], // of the hosts that are let through into a film's figure all others are of PeerTube
];

const player = (href) => {
  const url = new URL(href);
  const [, provider] = HOSTS.find(([pattern]) => pattern.test(url.hostname));
  return PLAYERS[provider](url);
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("figure.video > a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const source = player(link.href);
  if (!source) return;
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.title = link.textContent.trim();
  frame.allow = "autoplay; fullscreen; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  frame.src = source;
  link.replaceWith(frame);
  frame.focus();
});
