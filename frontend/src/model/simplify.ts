/** A line with fewer vertices that is true to the line. */
import type { Ring } from "./annotation";
import { at, distanceToSegment } from "./geometry";

/** The line through every vertex that lies more than `tolerance` off it (Douglas and Peucker); both ends stay. */
export function simplified(line: Ring, tolerance: number): Ring {
  const count = line.length / 2;
  if (count < 3) return line;
  const keep = new Uint8Array(count);
  keep[0] = keep[count - 1] = 1;
  const spans: [number, number][] = [[0, count - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    let farthest = -1;
    let distance = tolerance;
    for (let i = from + 1; i < to; i++) {
      const d = distanceToSegment(
        at(line, 2 * i),
        at(line, 2 * i + 1),
        at(line, 2 * from),
        at(line, 2 * from + 1),
        at(line, 2 * to),
        at(line, 2 * to + 1),
      );
      if (d > distance) {
        distance = d;
        farthest = i;
      }
    }
    if (farthest > 0) {
      keep[farthest] = 1;
      spans.push([from, farthest], [farthest, to]);
    }
  }
  return line.filter((_, i) => keep[i >> 1]);
}
