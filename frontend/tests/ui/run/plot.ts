/** Stands in for uPlot, which draws on a canvas: it says on the page what it was given to draw. */
export default class Plot {
  readonly #place = document.createElement("div");

  constructor(_options: unknown, values: unknown, target: HTMLElement) {
    this.#place.className = "plot";
    this.setData(values);
    target.append(this.#place);
  }

  setData(values: unknown): void {
    this.#place.dataset.drawn = JSON.stringify(values);
  }

  setSize(): void {}

  destroy(): void {
    this.#place.remove();
  }
}
