/** Which way the lines of a picture run: the direction of a smear, where there is one. */
import type { Pixels } from "./light";

const PLAIN = 0.35; // how much more it changes across its lines than along them, from 0 to 1, below which there are none
const FLAT = 4; // mean squared slope of luma below which there is nothing to see

/** The direction in which the picture changes least, in radians from the right, clockwise, in [0, pi); null without one. */
export function direction({ width, height, data }: Pixels): number | null {
  const luma = (x: number, y: number) => {
    const i = 4 * (y * width + x);
    return 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
  };
  let [xx, xy, yy] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const dx = luma(x + 1, y) - luma(x - 1, y);
      const dy = luma(x, y + 1) - luma(x, y - 1);
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  const strength = Math.hypot(xx - yy, 2 * xy);
  if (xx + yy < FLAT * width * height || strength < PLAIN * (xx + yy)) return null;
  const across = Math.atan2(2 * xy, xx - yy) / 2; // of the structure tensor's larger eigenvalue
  return (across + 1.5 * Math.PI) % Math.PI;
}
