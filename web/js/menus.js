/** Menus below buttons (`details.menu`), closed by Escape, a click outside, or loss of focus. */

const OPEN = "details.menu[open]";

export function mindMenus() {
  document.addEventListener("pointerdown", ({ target }) => closeAllBut(target));
  document.addEventListener("focusin", ({ target }) => closeAllBut(target));
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector(OPEN);
    if (event.key !== "Escape" || !menu) return;
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
