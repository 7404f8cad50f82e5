/** Photos on their way to the server: how many go at once, and how large they are. */
import { decimal } from "../words";

/** How many photos go in one request: a lost connection then costs little. */
const BATCH_FILES = 20;
export const BATCH_BYTES = 50 * 2 ** 20;

/** The first of the items that fit in one request; always at least one. */
export function batchOf<T extends { readonly file: { readonly size: number } }>(items: readonly T[]): T[] {
  const batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += item.file.size;
    if (batch.length > 0 && (bytes > BATCH_BYTES || batch.length === BATCH_FILES)) break;
    batch.push(item);
  }
  return batch;
}

/** Bytes in words. */
export function sizeOf(bytes: number): string {
  const [unit, value] =
    bytes < 2 ** 20
      ? ["kB", bytes / 2 ** 10]
      : bytes < 2 ** 30
        ? ["MB", bytes / 2 ** 20]
        : ["GB", bytes / 2 ** 30];
  return `${value < 10 && unit !== "kB" ? decimal(value, 1, 1) : Math.round(value)} ${unit}`;
}
