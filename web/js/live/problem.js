/** What went wrong with a recording, above the dock, until it is closed or over. */

import { key } from "../api.js";
import { find, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { problem } from "../problems.js";

export class ProblemBox {
  /** The newest of the present recording; empty: there was none. */
  code = "";

  /**
   * @param {HTMLElement} root of the live view
   * @param {(server: string) => void} onKey asks for an API key of a server; empty: the page's own
   */
  constructor(root, onKey) {
    this.box = find(".problem", root);
    this.onKey = onKey;
  }

  /** @param {string} server where the stream goes, if not to the page's own */
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
    // On a phone it may lie below the edge, or behind the dock.
    this.box.scrollIntoView({ block: "nearest" });
    this.code = code;
  }

  /** A recording begins: what was wrong with another one is no matter. */
  reset() {
    this.hide();
    this.code = "";
  }

  hide() {
    this.box.hidden = true;
  }
}
