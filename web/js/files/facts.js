/** Facts about a result besides its text: class, agent's answer, personal data, figures. */

import { h } from "../dom.js";
import { clock } from "../formats.js";
import { has, language, languageName, seconds, t } from "../i18n.js";

/** The cards beside the text. @param {object} result of the API */
export function facts(result) {
  return [classification(result), agent(result), privacy(result), figures(result)].filter(Boolean);
}

/** A card beside the text. */
export function card(title, ...content) {
  return h("section", { class: "card fact" }, h("h2", {}, title), ...content);
}

/** The page's text for a key, or the server's word if there is none. */
function named(key, word) {
  return has(key) ? t(key) : word;
}

/** Whether to show reasons, which are in the language of the recording: only if the page is too. */
function explains(result) {
  return (result.language === "ko") === (language === "ko");
}

/** Why a step has no result. */
export function missing(result, step) {
  const code = result.step_errors?.[step];
  if (!code) return null;
  return h(
    "p",
    { class: "wrong" },
    has(`step.${code}`) ? t(`step.${code}`) : (result.step_messages?.[step] ?? code),
  );
}

function classification(result) {
  if (!("classification" in result)) return null;
  const found = result.classification;
  if (!found) return card(t("class"), missing(result, "classification"));
  const percent = Math.round(found.confidence);
  const fill = h("i");
  fill.style.width = `${percent}%`;
  return card(
    t("class"),
    h("p", { class: "big" }, named(`class.${found.code}`, found.category)),
    h("div", { class: "bar", role: "img", "aria-label": t("word.sure", { percent }) }, fill),
    h("p", { class: "soft" }, `${t("word.sure", { percent })} · ${found.code}`),
    found.reason && explains(result) && h("p", {}, found.reason),
  );
}

function agent(result) {
  if (!("ai_agent" in result)) return null;
  const found = result.ai_agent;
  if (!found) return card(t("agent"), missing(result, "ai_agent"));
  const part = (name, text) => text && [h("h3", {}, t(`agent.${name}`)), h("p", {}, text)];
  return card(
    t("agent"),
    part("summary", found.summary),
    part("intent", found.intent),
    found.next_actions?.length
      ? [
          h("h3", {}, t("agent.next")),
          h(
            "ul",
            {},
            found.next_actions.map((item) => h("li", {}, item)),
          ),
        ]
      : null,
    part("reply", found.suggested_reply),
  );
}

function privacy(result) {
  if (!("privacy_removal" in result)) return null;
  const found = result.privacy_removal;
  if (!found) return card(t("privacy"), missing(result, "privacy_removal"));
  if (found.privacy_exist !== "Y") return card(t("privacy"), h("p", {}, t("privacy.nothing")));
  return card(
    t("privacy"),
    h(
      "p",
      { class: "tags" },
      found.privacy_types.map((kind) => h("span", { class: "badge" }, named(`kind.${kind}`, kind))),
    ),
    explains(result) && h("p", { class: "soft" }, found.exist_reason),
    missing(result, "privacy_removal"),
  );
}

/** Warnings about the sound. */
function warnings(result) {
  return (result.warnings ?? []).map(({ code, message }) =>
    h("p", { class: "wrong" }, has(`sound.${code}`) ? t(`sound.${code}`) : message),
  );
}

function figures(result) {
  const rows = [
    ["figure.language", languageName(result.language)],
    ["figure.duration", clock(result.duration)],
    ["figure.took", seconds(result.processing_time_seconds)],
    ["figure.backend", result.backend],
  ];
  if (result.model) rows.push(["figure.model", result.model]);
  if (result.cost_usd) rows.push(["figure.cost", `$${result.cost_usd.toFixed(4)}`]);
  return card(
    t("result.facts"),
    ...warnings(result),
    h(
      "dl",
      { class: "figures" },
      rows.map(([name, value]) => [h("dt", {}, t(name)), h("dd", {}, value)]),
    ),
  );
}
