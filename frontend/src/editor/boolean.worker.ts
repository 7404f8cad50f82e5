/** Brush strokes onto regions, and regions into one, off the main thread. */
import { difference, joined, strokeRings, union } from "../model/boolean";
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
  const stroke = strokeRings(line, radius);
  return {
    stroke,
    results: targets.map((rings) => (mode === "add" ? union : difference)(rings, stroke)),
    taken: [],
  };
}
