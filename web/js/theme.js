/** Light, dark, or as the system has it. */

const STORED = "theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = localStorage.getItem(STORED);
  document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
}

/** The other one; back to the system's wish where that is the same. */
export function switchTheme() {
  const other = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  if (other === (dark.matches ? "dark" : "light")) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, other);
  apply();
}

dark.addEventListener("change", apply);
apply();
