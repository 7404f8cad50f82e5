/** Points of an atlas as the API packs them: photo, x, y and code of each. */
export function packed(points: readonly (readonly [number, number, number, number])[]): string {
  const view = new DataView(new ArrayBuffer(14 * points.length));
  points.forEach(([id, x, y, code], i) => {
    view.setBigUint64(14 * i, BigInt(id));
    [x, y, code].forEach((value, n) => {
      view.setUint16(14 * i + 8 + 2 * n, value);
    });
  });
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}
