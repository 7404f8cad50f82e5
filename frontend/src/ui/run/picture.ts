/** A chart's picture: uPlot, told of lines and of the epoch that is looked at. */
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { t } from "../../model/language";
import { decimal } from "../words";
import { aligned, type Line } from "./curves";

export interface Picture {
  /** Draw these values, up to an epoch; the lines are those that it was made for. */
  tell(lines: readonly Line[], last: number): void;
  /** Draw the cursor at an epoch, or none. */
  point(epoch: number | null): void;
  /** The whole epoch nearest to a place on the screen. */
  epochAt(clientX: number): number;
  destroy(): void;
}

const HEIGHT = 220;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const FAINT = "4d"; // the alpha of a curve behind its smoothed one
const MANY = 200; // from so many points on a thin line shows more
const DEAF = () => null; // the chart follows pointer and keys itself

/** The picture of lines, without values yet, as wide as its frame is now and later. */
export function drawn(frame: HTMLElement, lines: readonly Line[]): Picture {
  let last = 1;
  const plot = new uPlot(
    options(frame, lines, () => last),
    [[]],
    frame,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: frame.clientWidth, height: HEIGHT }));
  observer.observe(frame);
  return {
    tell(told, end) {
      last = end;
      plot.setData(aligned(told.flatMap((line) => (line.raw ? [line.raw, line.curve] : [line.curve]))));
    },
    point: (epoch) =>
      plot.setCursor(epoch === null ? { left: -10, top: -10 } : { left: plot.valToPos(epoch, "x"), top: 0 }),
    epochAt: (clientX) => Math.round(plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x")),
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function options(frame: HTMLElement, lines: readonly Line[], last: () => number): uPlot.Options {
  const style = getComputedStyle(frame);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: token("--muted"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: token("--border"), width: 1 },
    ticks: { stroke: token("--border"), width: 1 },
    values: (_: uPlot, places: number[]) => places.map((place) => decimal(place, 6)),
  };
  const drawnBehind = (colour: string) => ({ stroke: `${colour}${FAINT}`, width: 1, ...joined });
  return {
    width: frame.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    scales: { x: { time: false, range: () => [0, last()] } },
    axes: [
      { ...axis, size: 32, incrs: WHOLE, label: t("epoch"), labelFont: axis.font, labelSize: 20 },
      { ...axis, size: 56 },
    ],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      bind: {
        mousedown: DEAF,
        mouseup: DEAF,
        click: DEAF,
        dblclick: DEAF,
        mousemove: DEAF,
        mouseleave: DEAF,
        mouseenter: DEAF,
      },
    },
    series: [
      {},
      ...lines.flatMap(({ mark, curve, raw }) => {
        const colour = token(`--series-${mark.colour}`);
        const line = {
          stroke: colour,
          width: raw || curve[0].length < MANY ? 2 : 1,
          dash: mark.dash,
          ...joined,
        };
        return raw ? [drawnBehind(colour), line] : [line];
      }),
    ],
  };
}

/** Joined over places where only others have a value; a dot where there is no line yet. */
const joined: uPlot.Series = {
  spanGaps: true,
  points: { show: (plot, index) => countOf(plot.data[index] ?? []) < 2 },
};

const countOf = (values: ArrayLike<number | null | undefined>): number =>
  Array.from(values).filter((value) => value !== null && value !== undefined).length;
