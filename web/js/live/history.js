/** The sessions stored in this browser and on the server: open, rename, delete. */

import { h, icon, toast } from "../dom.js";
import { clock } from "../formats.js";
import { dateTime, t } from "../i18n.js";
import { sentence } from "../problems.js";
import { keepsOnServer, switchServer } from "./serverstore.js";
import { keepsSessions, switchKeeping } from "./session.js";

/** Maximum number of rows; the filter finds the others. */
const MOST_ROWS = 200;

/**
 * @param {import("./session.js").Session} session the current one
 * @param {object} actions
 * @param {(id: string, isThere: boolean) => void} actions.onOpen `isThere`: the server has more
 * @param {(id: string) => void} actions.onRemoved
 * @param {() => void} actions.onRenamed called when the current session was renamed
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
    here(session),
    session.server.days > 0 && there(session),
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
    none.textContent = found.length ? "" : t(wanted ? "history.not_found" : nothing(session));
  };
  const row = (kept) =>
    sessionRow(kept, {
      isOpen: kept.id === session.id,
      open: () => {
        dialog.close();
        actions.onOpen(kept.id, kept.isThere && !(kept.isHere && kept.durationS >= kept.thereS));
      },
      rename: async (title) => {
        kept.title = title;
        if (kept.id === session.id) {
          session.title = title;
          actions.onRenamed();
        }
        await told(async () => {
          if (kept.isHere) await session.store.put(plain(kept));
          if (kept.isThere) await session.server.rename(plain(kept));
        });
        draw();
      },
      remove: async () => {
        if (!confirm(t("history.remove.sure", { name: nameOf(kept) }))) return;
        const isGone = await told(async () => {
          if (kept.isThere) await session.server.remove(kept.id);
          if (kept.isHere) await session.store.remove(kept.id);
        });
        if (!isGone) return;
        sessions = sessions.filter(({ id }) => id !== kept.id);
        actions.onRemoved(kept.id);
        draw();
      },
    });
  filter.addEventListener("input", draw);
  sessions = await listed(session);
  draw();
}

/** Sessions of the browser and of the server without duplicates, the newest first. */
async function listed({ store, server }) {
  const [here, there] = await Promise.all([
    store.list().catch(() => []),
    server.list().catch((error) => {
      toast(sentence(error));
      return [];
    }),
  ]);
  const found = new Map(there.map((kept) => [kept.id, { ...kept, thereS: kept.durationS, isThere: true }]));
  for (const kept of here) found.set(kept.id, { ...found.get(kept.id), ...kept, isHere: true });
  const last = ({ created, recordings = [] }) => recordings.at(-1)?.started ?? created;
  return [...found.values()].sort((one, other) => last(other) - last(one));
}

/** The session without the fields of this list. */
function plain({ isHere: _, isThere: __, thereS: ___, ...kept }) {
  return kept;
}

function nothing({ server }) {
  return server.isOn ? "history.none.server" : "history.none";
}

/** Run an action and show its error. @returns {Promise<boolean>} whether it succeeded */
async function told(run) {
  try {
    await run();
    return true;
  } catch (error) {
    toast(sentence(error));
    return false;
  }
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
      kept.isThere && h("span", { class: "badge" }, t("history.on_server")),
      h("p", {}, about(kept)),
      h("p", { class: "beginning" }, kept.beginning),
    ),
    small("history.rename", "edit", () => edit(title, kept, rename)),
    small("history.remove", "trash", remove),
  );
}

/** Edit the name in a field; Enter or leaving it saves, Escape cancels. */
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
    event.preventDefault(); // keep the dialog open
    field.blur();
  });
  field.addEventListener("blur", () => rename(field.value.trim()), { once: true });
  button.replaceWith(field);
  field.select();
}

function here({ server }) {
  const about = t(server.days ? "history.keep.about.server" : "history.keep.about");
  return check("history.keep", about, keepsSessions(), switchKeeping);
}

function there(session) {
  const about = t("history.server.about", { days: session.server.days });
  const onChange = (on) => {
    switchServer(on);
    if (on) session.save();
  };
  return check("history.server", about, keepsOnServer(), onChange);
}

function check(name, about, isOn, onChange) {
  const box = h("input", { type: "checkbox", name, checked: isOn });
  box.addEventListener("change", () => onChange(box.checked));
  return h(
    "label",
    { class: "check" },
    box,
    h("span", {}, t(name), h("small", {}, about)),
  );
}

function about({ title, created, durationS, hasSound }) {
  return [title && dateTime(created), clock(durationS), hasSound && t("history.sound")]
    .filter(Boolean)
    .join(" · ");
}
