/** The theme: light, dark, or the system's. */

const STORED = "theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = localStorage.getItem(STORED);
  document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
}

/** Switch to the other theme; if it is the system's, follow the system again. */
export function switchTheme() {
  const other = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  if (other === (dark.matches ? "dark" : "light")) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, other);
  apply();
}

dark.addEventListener("change", apply);
apply();
