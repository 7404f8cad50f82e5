/** The scale of levels as the page's form holds it now, whether it is valid or not. */

export interface Row {
  readonly name: string;
  /** Pixels at a long side of 1024 px; null where nothing or no number was typed, and for the end of the last level. */
  readonly from: number | null;
  readonly to: number | null;
  readonly sample: number | null;
}

const REFERENCE = 1024; // long side at which sigmas are given
const LEAST = 0.4; // px: where the drawn line of sigmas begins

/** One row a level, from the fields `form-N-name`, `form-N-sigma_to` and `form-N-sample_sigma`. */
export function readScale(fields: FormData, count: number): Row[] {
  const rows: Row[] = [];
  for (let n = 0; n < count; n++) {
    rows.push({
      name: String(fields.get(`form-${n}-name`) ?? ""),
      from: n === 0 ? 0 : (rows[n - 1]?.to ?? null),
      to: numberIn(fields.get(`form-${n}-sigma_to`)),
      sample: numberIn(fields.get(`form-${n}-sample_sigma`)),
    });
  }
  return rows;
}

function numberIn(value: FormDataEntryValue | null): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 && number <= 1000 ? number : null;
}

/** Pixels of sigma in a photo with this long side. */
export function inPhoto(sigma: number, longSide: number): number {
  return (sigma * longSide) / REFERENCE;
}

/** Where each level begins and ends on a line of sigmas from 0 to 1, even in their logarithm; none where the ends do not rise. */
export function stretches(rows: readonly Row[]): readonly (readonly [number, number])[] {
  const ends = rows.slice(0, -1).map(({ to }) => Math.max(to ?? 0, 0));
  if (ends.some((end, i) => end <= (ends[i - 1] ?? 0))) return [];
  const least = Math.min(LEAST, (ends[0] ?? LEAST) / 2);
  const most = 2 * (ends.at(-1) ?? 1);
  const place = (sigma: number) => Math.log(sigma / least) / Math.log(most / least);
  return rows.map((_, n) => [
    n === 0 ? 0 : place(ends[n - 1] as number),
    n < ends.length ? place(ends[n] as number) : 1,
  ]);
}
