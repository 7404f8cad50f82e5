/** A list of photos in which a burst stands as one, until it is opened. */

export interface Burst {
  readonly id: number;
  /** Its photos that the list holds, in the order of the list. */
  readonly photos: readonly number[];
}

/** The bursts of which a list holds two photos or more, by each of their photos; `burstOf` is photo -> id of its burst. */
export function burstsIn(
  order: readonly number[],
  burstOf: ReadonlyMap<number, number>,
): ReadonlyMap<number, Burst> {
  const found = new Map<number, number[]>();
  for (const photo of order) {
    const id = burstOf.get(photo);
    if (id === undefined) continue;
    const photos = found.get(id);
    if (photos) photos.push(photo);
    else found.set(id, [photo]);
  }
  const byPhoto = new Map<number, Burst>();
  for (const [id, photos] of found)
    if (photos.length > 1) for (const photo of photos) byPhoto.set(photo, { id, photos });
  return byPhoto;
}

/** The list with each burst where its first photo is: closed as that alone, open as all of its photos. */
export function together(
  order: readonly number[],
  bursts: ReadonlyMap<number, Burst>,
  open: ReadonlySet<number>,
): readonly number[] {
  return order.flatMap((photo) => {
    const burst = bursts.get(photo);
    if (!burst) return [photo];
    if (burst.photos[0] !== photo) return [];
    return open.has(burst.id) ? burst.photos : [photo];
  });
}
