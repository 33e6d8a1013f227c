/** The sessions of this browser: open, name, delete. */

import { h, icon } from "../dom.js";
import { clock } from "../formats.js";
import { dateTime, t } from "../i18n.js";
import { keepsSessions, switchKeeping } from "./session.js";

/** Rows drawn at once: the filter finds the others. */
const MOST_ROWS = 200;

/**
 * @param {import("./session.js").Session} session the one on the sheet
 * @param {object} actions
 * @param {(id: string) => void} actions.onOpen
 * @param {(id: string) => void} actions.onRemoved
 * @param {() => void} actions.onRenamed the one on the sheet has another name
 */
export async function showHistory(session, actions) {
  if (document.querySelector("dialog[open]")) return;
  const list = h("ul", { class: "sessions" });
  const filter = h("input", {
    type: "search",
    "aria-label": t("history.filter"),
    placeholder: t("history.filter"),
  });
  const none = h("p", { class: "soft", role: "status" });
  const close = h("button", { type: "button", class: "primary" }, t("close"));
  const dialog = h(
    "dialog",
    { class: "wide", closedby: "any", "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, t("history.title")),
    filter,
    none,
    list,
    keeping(),
    h("div", { class: "buttons" }, close),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();

  await session.save();
  let sessions = [];
  const draw = () => {
    const wanted = filter.value.trim().toLowerCase();
    const found = sessions.filter((kept) =>
      `${nameOf(kept)} ${kept.beginning} ${kept.notes}`.toLowerCase().includes(wanted),
    );
    list.replaceChildren(...found.slice(0, MOST_ROWS).map((kept) => row(kept)));
    none.textContent = found.length ? "" : t(wanted ? "history.not_found" : "history.none");
  };
  const row = (kept) =>
    sessionRow(kept, {
      isOpen: kept.id === session.id,
      open: () => {
        dialog.close();
        actions.onOpen(kept.id);
      },
      rename: async (title) => {
        kept.title = title;
        if (kept.id === session.id) {
          session.title = title;
          actions.onRenamed();
        }
        await session.store.put(kept);
        draw();
      },
      remove: async () => {
        if (!confirm(t("history.remove.sure", { name: nameOf(kept) }))) return;
        await session.store.remove(kept.id);
        sessions = sessions.filter(({ id }) => id !== kept.id);
        actions.onRemoved(kept.id);
        draw();
      },
    });
  filter.addEventListener("input", draw);
  sessions = await session.store.list().catch(() => []);
  draw();
}

function nameOf({ title, created }) {
  return title || dateTime(created);
}

function sessionRow(kept, { isOpen, open, rename, remove }) {
  const name = nameOf(kept);
  const title = h("button", { type: "button", class: "name", onclick: open }, name);
  const small = (label, picture, onclick) =>
    h(
      "button",
      {
        type: "button",
        class: "plain round",
        "aria-label": `${t(label)}: ${name}`,
        title: t(label),
        onclick,
      },
      icon(picture),
    );
  return h(
    "li",
    { dataset: { session: kept.id } },
    h(
      "div",
      {},
      title,
      isOpen && h("span", { class: "badge" }, t("history.open")),
      h("p", {}, about(kept)),
      h("p", { class: "beginning" }, kept.beginning),
    ),
    small("history.rename", "edit", () => edit(title, kept, rename)),
    small("history.remove", "trash", remove),
  );
}

/** A field in the place of the name; Enter or leaving takes it, Escape does not. */
function edit(button, kept, rename) {
  const field = h("input", {
    type: "text",
    maxlength: 120,
    value: kept.title,
    placeholder: nameOf(kept),
    "aria-label": t("session.name"),
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") field.value = kept.title;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // the dialog stays
    field.blur();
  });
  field.addEventListener("blur", () => rename(field.value.trim()), { once: true });
  button.replaceWith(field);
  field.select();
}

function keeping() {
  const box = h("input", { type: "checkbox", checked: keepsSessions() });
  box.addEventListener("change", () => switchKeeping(box.checked));
  return h(
    "label",
    { class: "check" },
    box,
    h("span", {}, t("history.keep"), h("small", {}, t("history.keep.about"))),
  );
}

function about({ title, created, durationS, hasSound }) {
  return [title && dateTime(created), clock(durationS), hasSound && t("history.sound")]
    .filter(Boolean)
    .join(" · ");
}
