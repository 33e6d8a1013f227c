/** A level meter with history: the last seconds of sound as bars, the newest at the right. */

/** Width of one bar with its gap, in pixels. */
const STEP = 5;
const BAR = 3;

export class Wave {
  #levels = [];
  #drawn = "";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    // Colours come from the theme, the number of bars from the width.
    new ResizeObserver(() => this.draw(true)).observe(canvas);
  }

  /** Add the level of a packet. @param {number} level 0 … 1 */
  add(level) {
    this.#levels.push(level);
    this.#levels = this.#levels.slice(-400);
  }

  clear() {
    this.#levels = [];
  }

  /** @param {boolean} anyway draw even if nothing changed */
  draw(anyway = false) {
    const { canvas } = this;
    const colour = getComputedStyle(canvas).color;
    const state = `${this.#levels.length} ${this.#levels.at(-1)} ${colour}`;
    if (!anyway && state === this.#drawn) return;
    this.#drawn = state;
    const scale = devicePixelRatio || 1;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = wide * scale;
    canvas.height = high * scale;
    const picture = canvas.getContext("2d");
    picture.scale(scale, scale);
    picture.fillStyle = colour;
    const count = Math.floor(wide / STEP);
    for (let bar = 0; bar < count; bar += 1) {
      const level = this.#levels[this.#levels.length - count + bar] ?? 0;
      const size = Math.max(2, level ** 1.5 * high);
      picture.globalAlpha = level ? 1 : 0.3;
      picture.beginPath();
      picture.roundRect(bar * STEP, (high - size) / 2, BAR, size, BAR / 2);
      picture.fill();
    }
  }
}
