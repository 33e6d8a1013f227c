/** The page of a link to one transcript, with its sound if the link includes it. */

import { ApiError, failure } from "./api.js";
import { copyWords } from "./clipboard.js";
import { find, h, icon, loadIcons } from "./dom.js";
import { placed } from "./files/comments.js";
import { clock } from "./formats.js";
import { dateTime, language, languageName, onLanguage, setLanguage, t } from "./i18n.js";
import { sentence } from "./problems.js";
import { COLOURS, takesOver } from "./speakers.js";
import "./theme.js";

/** Lines created per frame. */
const A_FRAME = 120;

const asked = new URLSearchParams(location.search);
const id = asked.get("id") ?? "";
/** Time in seconds to which the link points; NaN: to the whole transcript. */
const wanted = Number.parseFloat(asked.get("t"));
/** The key is after the `#`, which browsers do not send, so that it is in no log. */
const key = location.hash.slice(1);
const root = find("#shared");
let shown = null;
let trouble = null;
let frame = 0;
let media = null;

/** Request the content of the link. Raises ApiError. */
async function read() {
  const headers = { "X-Share-Key": key, "Accept-Language": language };
  let answer;
  try {
    answer = await fetch(`api/shared/${encodeURIComponent(id)}`, { headers });
  } catch {
    throw new ApiError(0, { code: "unreachable" }, 0);
  }
  const text = await answer.text();
  if (!answer.ok) throw failure(answer.status, text, answer.headers.get("Retry-After"));
  return JSON.parse(text);
}

function draw() {
  document.documentElement.lang = language;
  cancelAnimationFrame(frame);
  if (trouble) tell();
  else if (shown) show();
}

/** Show why there is no content. */
function tell() {
  const text = ["gone", "not_found"].includes(trouble.code) ? `shared.${trouble.code}` : null;
  document.title = t("shared.title");
  root.replaceChildren(
    h(
      "div",
      { class: "ended" },
      h("h1", {}, text ? t(text) : t("shared.title")),
      h("p", {}, text ? t(`${text}.about`) : sentence(trouble)),
      switcher(),
    ),
  );
}

function switcher() {
  return h(
    "button",
    {
      type: "button",
      class: "plain",
      id: "language",
      lang: language === "ko" ? "en" : "ko",
      onclick: () => {
        setLanguage(language === "ko" ? "en" : "ko");
        find("#language").focus();
      },
    },
    language === "ko" ? "English" : "한국어",
  );
}

function show() {
  const title = shown.name || t("shared.title");
  document.title = title;
  const facts = [
    languageName(shown.language),
    clock(shown.duration),
    shown.view === "masked" && t("shared.masked"),
    t("shared.until", { when: dateTime(new Date(shown.expires_at).getTime()) }),
  ];
  const lines = h("ol", { class: "lines", lang: shown.language });
  root.replaceChildren(
    h("div", { class: "head" }, h("h1", {}, title), switcher()),
    h("p", { class: "about" }, facts.filter(Boolean).join(" · ")),
    ...(shown.sound ? [player(lines)] : []),
    lines,
  );
  if (!shown.segments.length) lines.append(h("li", { class: "soft" }, t("result.silent")));
  const more = (from) => {
    for (let at = from; at < Math.min(from + A_FRAME, shown.segments.length); at += 1)
      lines.append(line(shown.segments[at], shown.segments[at - 1]));
    if (from + A_FRAME < shown.segments.length)
      frame = requestAnimationFrame(() => more(from + A_FRAME));
    else point(lines);
  };
  more(0);
}

/** Show the line to which the link points, and set the sound to it. */
function point(lines) {
  const at = shown.segments.findLastIndex(({ start }) => start <= wanted);
  if (at < 0) return;
  const { start } = shown.segments[at];
  const element = lines.children[at];
  element.classList.add("pointed");
  element.setAttribute("aria-current", "location");
  const go = () => element.scrollIntoView({ block: "center" });
  go();
  requestAnimationFrame(go); // once visible, lines differ from their estimated height
  if (media && !media.currentTime) media.currentTime = start;
}

/** The address of this transcript at a moment. */
function addressAt(time) {
  const address = new URL(location.href);
  address.searchParams.set("t", time);
  return address.href;
}

/** The player, which is kept when the page's language changes. */
function player(lines) {
  media ??= h(shown.is_video ? "video" : "audio", {
    controls: true,
    preload: "metadata",
    src: `api/shared/${encodeURIComponent(id)}/sound?key=${encodeURIComponent(key)}`,
  });
  media.setAttribute("aria-label", t("shared.sound"));
  media.ontimeupdate = () => {
    lines.querySelector(".heard")?.classList.remove("heard");
    const time = media.currentTime;
    const at = shown.segments.findIndex(({ start, end }) => start <= time && time < end);
    lines.children[at]?.classList.add("heard");
  };
  return media;
}

function line(segment, before) {
  const { speaker, start, text, comments = [] } = segment;
  const time = h("time", {}, clock(start));
  const begins = speaker !== null && takesOver(segment, before);
  return h(
    "li",
    { class: "line", dataset: speaker === null ? {} : { voice: speaker % COLOURS } },
    begins && h("div", { class: "who" }, shown.speakers[speaker] || t("speaker", { n: speaker + 1 })),
    shown.sound
      ? h(
          "button",
          {
            type: "button",
            class: "plain from",
            "aria-label": t("player.from", { time: clock(start) }),
            onclick: () => {
              media.currentTime = start;
              media.play().catch(() => {}); // rejected if paused meanwhile
            },
          },
          time,
        )
      : time,
    h("p", {}, text),
    h(
      "button",
      {
        type: "button",
        class: "plain round point",
        title: t("shared.point"),
        "aria-label": `${t("shared.point")}: ${clock(start)}`,
        onclick: () => copyWords(addressAt(start)),
      },
      icon("link"),
    ),
    comments.length > 0 &&
      h(
        "ul",
        { class: "comments", "aria-label": t("comments") },
        comments.map((comment) =>
          h("li", {}, comment.name && [h("strong", {}, comment.name), " "], comment.text),
        ),
      ),
  );
}

loadIcons().catch(() => {}); // the buttons have names, too
try {
  shown = await read();
  shown.segments = placed(shown.segments, shown.comments);
} catch (error) {
  trouble = error;
}
onLanguage(draw);
