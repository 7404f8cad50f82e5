/** Brush strokes onto regions, regions into one and one into parts, off the main thread. */
import { difference, joined, strokeRings, union } from "../model/boolean";
import { split } from "../model/split";
import type { StrokeAnswer, StrokeJob } from "./strokes";

self.onmessage = ({ data: { id, mode, line, radius, targets } }: MessageEvent<StrokeJob>) => {
  self.postMessage({ id, ...combined(mode, line, radius, targets) } satisfies StrokeAnswer);
};

function combined(
  mode: StrokeJob["mode"],
  line: StrokeJob["line"],
  radius: number,
  targets: StrokeJob["targets"],
): Omit<StrokeAnswer, "id"> {
  if (mode === "join") {
    const { rings, taken } = joined(targets);
    return { stroke: [], results: [rings], taken };
  }
  if (mode === "split") {
    const parts = targets.map((rings) => split(rings, line, radius));
    const cut = parts.flatMap((each, i) => (each.length > 1 ? each.map((rings) => ({ rings, i })) : []));
    return { stroke: [], results: cut.map(({ rings }) => rings), taken: cut.map(({ i }) => i) };
  }
  if (mode === "tidy") return { stroke: [], results: targets.map((rings) => union(rings, [])), taken: [] };
  const stroke = strokeRings(line, radius);
  return {
    stroke,
    results: targets.map((rings) => (mode === "add" ? union : difference)(rings, stroke)),
    taken: [],
  };
}
