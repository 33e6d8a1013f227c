/** Links to one transcript for people without a key: create, list, revoke. */

import { request } from "../api.js";
import { copyWords } from "../clipboard.js";
import { show } from "../dialogs.js";
import { h, icon, toast } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { isMasked } from "./asked.js";
import { when } from "./row.js";

/** Possible lifetimes of a link in days; the first is the default. */
const DAYS = [7, 1, 30, 90, 365];

/** The button beside a result's name. @param {() => void} onShare */
export function shareButton(onShare) {
  return h(
    "button",
    { type: "button", class: "plain", id: "share", onclick: onShare },
    icon("link"),
    h("span", { class: "label" }, t("share")),
  );
}

/**
 * Show the dialog of links to a result.
 * @param {object} job with its result @param {{masked: boolean}} how the current view
 */
export function share(job, { masked: isLookedAtMasked }) {
  const only = isMasked(job);
  const check = (name, props) => {
    const box = h("input", { type: "checkbox", name, ...props });
    return [h("label", { class: "check" }, box, h("span", {}, t(`share.${name}`))), box];
  };
  const [maskedLine, masked] = check("masked", {
    checked: only || isLookedAtMasked,
    disabled: only,
  });
  const [soundLine, sound] = check("sound", {});
  const [commentsLine, comments] = check("comments", {});
  const days = h(
    "select",
    { id: "share-days" },
    DAYS.map((value) => h("option", { value }, t(value === 1 ? "share.day" : "share.days", { n: value }))),
  );
  const made = h("div", { class: "made", role: "status" });
  const listed = h("ul", { class: "shares" });
  const gone = (id) => {
    if (made.dataset.link === id) made.replaceChildren(); // nobody should copy a link that is dead
  };
  const form = h(
    "form",
    { class: "labels" },
    maskedLine,
    soundLine,
    commentsLine,
    h("label", { class: "field" }, h("span", {}, t("share.open")), days),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, t("share.make"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const json = {
      job_id: job.job_id,
      view: masked.checked ? "masked" : "original",
      sound: sound.checked,
      comments: comments.checked,
      days: Number(days.value),
    };
    try {
      const { path, id } = await request("api/shares/", { method: "POST", json });
      made.dataset.link = id;
      made.replaceChildren(...link(new URL(path, location.href).href));
      made.querySelector("input").select();
      await list(job, listed, gone);
    } catch (error) {
      toast(sentence(error));
    }
  });
  const close = h("button", { type: "button", class: "plain" }, t("close"));
  const dialog = show(
    h("h2", {}, t("share.title")),
    h("p", {}, t("share.about")),
    form,
    made,
    listed,
    h("div", { class: "buttons" }, close),
  );
  dialog.classList.add("wide");
  close.addEventListener("click", () => dialog.close());
  list(job, listed, gone);
}

/** A new link, which can be copied only now. */
function link(address) {
  return [
    h(
      "label",
      { class: "field" },
      h("span", {}, t("share.link")),
      h("input", { type: "text", id: "share-link", readonly: true, value: address }),
      h("small", {}, t("share.once")),
    ),
    h(
      "button",
      {
        type: "button",
        onclick: () => copyWords(address),
      },
      icon("copy"),
      t("share.copy"),
    ),
  ];
}

/** The existing links: their content, expiry, and a button that revokes them. */
async function list(job, place, onRevoked) {
  let shares;
  try {
    const path = `api/shares/?job_id=${encodeURIComponent(job.job_id)}`;
    ({ shares } = await request(path));
  } catch (error) {
    place.replaceChildren(h("li", { class: "wrong" }, sentence(error)));
    return;
  }
  place.replaceChildren(...shares.map((one) => line(one, () => revoke(one, job, place, onRevoked))));
}

function line({ view, sound, comments, state, created_at: created, expires_at: expires }, onRevoke) {
  const facts = [
    t("share.made", { when: when(created) }),
    view === "masked" && t("row.masked"),
    sound && t("share.with_sound"),
    comments && t("share.with_comments"),
    state === "open" ? t("shared.until", { when: when(expires) }) : t(`share.${state}`),
  ];
  return h(
    "li",
    { dataset: { state } },
    h("span", {}, facts.filter(Boolean).join(" · ")),
    state === "open" &&
      h("button", { type: "button", onclick: onRevoke }, icon("close"), t("share.revoke")),
  );
}

async function revoke({ id }, job, place, onRevoked) {
  try {
    await request(`api/shares/${encodeURIComponent(id)}`, { method: "DELETE" });
    onRevoked(id);
  } catch (error) {
    toast(sentence(error));
  }
  await list(job, place, onRevoked);
}
