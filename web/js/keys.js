/**
 * The keys of the page, as tables: what each does is said where it is done, and `?` shows it.
 *
 * A button, a link or a box that the keyboard has reached keeps Space and Enter for itself. One that
 * was pressed by mouse or finger gives the keyboard back: Space then means what the view says.
 */

/**
 * @typedef {object} KeyAction
 * @property {string[]} keys as `nameOf` calls them; the first is shown
 * @property {string} text key of what it does
 * @property {() => void} run
 */

const STORED_OFF = "keys-off";
const TYPING = "textarea, select, input:not([type=checkbox], [type=radio], [type=range])";
const PRESSED = "button, a, summary, input, audio, [role=button]";
/** What keeps the keyboard after a click although nothing is typed into it. */
const RELEASED = "button, a, summary, select, input[type=checkbox], input[type=radio]";

/**
 * A key's name: `Space`, `C`, `?`. Letters by their place where another script is switched on: in
 * Hangul the key C gives ㅊ.
 */
export function nameOf({ key, code = "" }) {
  if (key === " ") return "Space";
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const place = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  const isOfAnotherScript = key === "Process" || /^\p{Letter}$/u.test(key);
  return (isOfAnotherScript && place?.[1]) || key;
}

/** Whether single keys do something; some people's speech programs type by themselves. */
export function keysOn() {
  return localStorage.getItem(STORED_OFF) === null;
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(STORED_OFF);
  else localStorage.setItem(STORED_OFF, "1");
}

/** @param {() => KeyAction[]} actions that mean something now, the view's before the page's */
export function listenToKeys(actions) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (document.querySelector("dialog[open]") || target.closest("[contenteditable]")) return;
    const name = nameOf(event);
    if (target.closest(TYPING) || (name === "Space" && target.closest(PRESSED))) return;
    const action = actions().find(({ keys }) => keys.includes(name));
    if (!action || !(keysOn() || name === "?")) return;
    event.preventDefault();
    action.run();
  });
  releaseAfterPointer();
}

function releaseAfterPointer() {
  let byPointer = false;
  addEventListener("pointerdown", () => (byPointer = true), { capture: true });
  addEventListener("keydown", () => (byPointer = false), { capture: true });
  const release = () => {
    const { activeElement: active } = document;
    if (byPointer && active?.matches(RELEASED) && !active.closest("dialog")) active.blur();
  };
  // First: a dialog that the click opens would give the keyboard back to the button.
  addEventListener("click", release, { capture: true });
  addEventListener("change", release);
}
