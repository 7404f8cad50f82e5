/** Brush strokes onto regions, off the main thread. */
import { difference, strokeRings, union } from "../model/boolean";
import type { StrokeAnswer, StrokeJob } from "./strokes";

self.onmessage = ({ data: { id, mode, line, radius, targets } }: MessageEvent<StrokeJob>) => {
  const stroke = strokeRings(line, radius);
  const results = targets.map((rings) => (mode === "add" ? union(rings, stroke) : difference(rings, stroke)));
  self.postMessage({ id, stroke, results } satisfies StrokeAnswer);
};
