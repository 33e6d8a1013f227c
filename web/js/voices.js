/** The remembered voices of this key: list, rename, delete. */

import { request } from "./api.js";
import { show } from "./dialogs.js";
import { h, icon, toast } from "./dom.js";
import { dateTime, t } from "./i18n.js";
import { sentence } from "./problems.js";
import { MOST_LETTERS } from "./speakers.js";

const VOICES = "api/voices/";

/** Remember the voice of a finished job's speaker under a name. */
export function remember(id, speaker, name) {
  return request(VOICES, { method: "POST", json: { job_id: id, speaker, name } });
}

/** The names of a live session's speakers, by number. @returns {Promise<Record<string, string>>} */
export async function heard(session) {
  return (await request(`${VOICES}heard/${encodeURIComponent(session)}`)).speakers;
}

/** Show the dialog. */
export async function showVoices() {
  const list = h("ul", { class: "sessions" });
  const none = h("p", { class: "soft", role: "status" }, t("voices.loading"));
  const close = h("button", { type: "button", class: "primary" }, t("close"));
  const dialog = show(
    h("h2", {}, t("voices.title")),
    h("p", {}, t("voices.about")),
    none,
    list,
    h("div", { class: "buttons" }, close),
  );
  close.addEventListener("click", () => dialog.close());
  const draw = async () => {
    try {
      const { voices } = await request(VOICES);
      list.replaceChildren(...voices.map((voice) => row(voice, draw)));
      none.textContent = voices.length ? "" : t("voices.none");
    } catch (error) {
      none.textContent = sentence(error);
    }
  };
  await draw();
}

function row(voice, draw) {
  const change = async (options) => {
    try {
      await request(`${VOICES}${voice.id}`, options);
    } catch (error) {
      toast(sentence(error));
    }
    await draw();
  };
  const field = h("input", {
    type: "text",
    maxlength: MOST_LETTERS,
    value: voice.name,
    "aria-label": t("voices.name", { name: voice.name }),
    onchange: () => {
      const name = field.value.trim();
      if (name) change({ method: "PATCH", json: { name } });
      else field.value = voice.name;
    },
  });
  const remove = h(
    "button",
    {
      type: "button",
      class: "plain round",
      title: t("voices.remove"),
      "aria-label": `${t("voices.remove")}: ${voice.name}`,
      onclick: () => {
        if (confirm(t("voices.remove.sure", { name: voice.name }))) change({ method: "DELETE" });
      },
    },
    icon("trash"),
  );
  const about = t("voices.learnt", {
    date: dateTime(voice.created_at * 1000),
    seconds: Math.round(voice.seconds),
  });
  return h("li", { dataset: { voice: voice.id } }, h("div", {}, field, h("p", {}, about)), remove);
}
