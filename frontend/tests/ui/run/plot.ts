/** Stands in for uPlot, which draws on a canvas: it says on the page what it was given to draw. */
export default class Plot {
  readonly over = document.createElement("div");
  readonly #place = document.createElement("div");

  constructor(
    options: { series: readonly { stroke?: string; dash?: number[] }[] },
    _: unknown,
    target: HTMLElement,
  ) {
    this.#place.className = "plot";
    this.#place.dataset.lines = String(options.series.length - 1);
    this.#place.append(this.over);
    target.append(this.#place);
  }

  setData(values: unknown): void {
    this.#place.dataset.drawn = JSON.stringify(values);
  }

  setCursor({ left }: { left: number }): void {
    this.#place.dataset.cursor = left < 0 ? "" : String(left);
  }

  /** Ten pixels an epoch. */
  valToPos = (epoch: number): number => 10 * epoch;
  posToVal = (left: number): number => left / 10;

  setSize(): void {}

  destroy(): void {
    this.#place.remove();
  }
}
