/** Menus below buttons (`details.menu`), closed by Escape, a click outside, or loss of focus. */

const OPEN = "details.menu[open]";

export function mindMenus() {
  document.addEventListener("pointerdown", ({ target }) => closeAllBut(target));
  document.addEventListener("focusin", ({ target }) => {
    // A press on plain text in a menu focuses what lies around the menu, which is not leaving it. To
    // close it then would take the text away under the pointer; Chromium 156 even crashes.
    if (!target.querySelector(OPEN)) closeAllBut(target);
  });
  document.addEventListener("keydown", (event) => {
    // To search a long transcript for a menu takes milliseconds: not for each letter that is typed.
    const menu = event.key === "Escape" ? document.querySelector(OPEN) : null;
    if (!menu) return;
    event.preventDefault();
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  });
}

function closeAllBut(target) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (!menu.contains(target)) menu.open = false;
  }
}
