/**
 * The keyboard shortcuts of the page, as tables defined next to their actions; `?` shows them.
 *
 * A button, link or box that was focused by keyboard handles Space and Enter itself. One that was
 * clicked or tapped loses the focus, so that Space has the view's meaning.
 */

/**
 * @typedef {object} KeyAction
 * @property {string[]} keys names by `nameOf`; the first is shown
 * @property {string} text key of the description
 * @property {() => void} run
 */

const STORED_OFF = "keys-off";
const TYPING = "textarea, select, input:not([type=checkbox], [type=radio], [type=range])";
const PRESSED = "button, a, summary, input, audio, [role=button]";
/** Elements that keep the focus after a click although they are not for typing. */
const RELEASED = "button, a, summary, select, input[type=checkbox], input[type=radio]";

/**
 * A key's name: `Space`, `C`, `?`. Letters go by position if another script is active: in Hangul
 * mode the key C gives ㅊ.
 */
export function nameOf({ key, code = "" }) {
  if (key === " ") return "Space";
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const place = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  const isOfAnotherScript = key === "Process" || /^\p{Letter}$/u.test(key);
  return (isOfAnotherScript && place?.[1]) || key;
}

/** Whether single-key shortcuts are on; some people's dictation programs type letters. */
export function keysOn() {
  return localStorage.getItem(STORED_OFF) === null;
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(STORED_OFF);
  else localStorage.setItem(STORED_OFF, "1");
}

/** @param {() => KeyAction[]} actions currently available, the view's before the page's */
export function listenToKeys(actions) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(TYPING) || target.closest("[contenteditable]")) return;
    const name = nameOf(event);
    if (name === "Space" && target.closest(PRESSED)) return;
    if (document.querySelector("dialog[open]")) return; // last: it searches the whole page
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
  // In the capture phase: a dialog opened by the click would restore the focus to the button.
  addEventListener("click", release, { capture: true });
  addEventListener("change", release);
}
