/** The box above the dock with a recording's problem, until it is closed or resolved. */

import { key } from "../api.js";
import { find, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { problem } from "../problems.js";

export class ProblemBox {
  /** Code of the current recording's latest problem; empty: none. */
  code = "";

  /**
   * @param {HTMLElement} root of the live view
   * @param {(server: string) => void} onKey asks for an API key of a server; empty: the page's own
   */
  constructor(root, onKey) {
    this.box = find(".problem", root);
    this.onKey = onKey;
  }

  /** @param {string} server address of the live server if it is not the page's own */
  show(code, server, values = {}) {
    const wantsKey = code === "unauthorized";
    const told = wantsKey && key(server) ? "wrong_key" : code;
    const { title, advice } = problem(told, { ...values, server, origin: location.origin });
    const button = (props, content) => h("button", { type: "button", ...props }, content);
    this.box.replaceChildren(
      h("p", {}, h("strong", {}, title), advice),
      ...(wantsKey ? [button({ onclick: () => this.onKey(server) }, t("key.enter"))] : []),
      button(
        { class: "plain round", "aria-label": t("close"), onclick: () => this.hide() },
        icon("close"),
      ),
    );
    this.box.hidden = false;
    // On a phone it may be outside the window or behind the dock.
    this.box.scrollIntoView({ block: "nearest" });
    this.code = code;
  }

  /** Clear the problem when a new recording begins. */
  reset() {
    this.hide();
    this.code = "";
  }

  hide() {
    this.box.hidden = true;
  }
}
