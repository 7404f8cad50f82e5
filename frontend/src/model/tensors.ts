/** Files of the format safetensors: named arrays of bytes or of 16-bit floats, and what is said of them. */

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Tensors {
  readonly told: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** What a file holds; RangeError or SyntaxError where it is none, or of another kind of numbers. */
export function readTensors(bytes: ArrayBuffer): Tensors {
  const view = new DataView(bytes);
  const headerLength = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headerLength)));
  const { __metadata__: told = {}, ...entries } = header as Record<string, Entry> & {
    __metadata__?: Record<string, string>;
  };
  const tensors: Record<string, Tensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = data_offsets.map((offset) => 8 + headerLength + offset) as [number, number];
    tensors[name] = { shape, values: numbers(view, dtype, from, to) };
  }
  return { told, tensors };
}

function numbers(view: DataView, dtype: string, from: number, to: number): Float32Array {
  if (dtype === "U8") return Float32Array.from(new Uint8Array(view.buffer, from, to - from));
  if (dtype !== "F16") throw new RangeError(`tensors of ${dtype}`);
  return Float32Array.from({ length: (to - from) / 2 }, (_, i) => half(view.getUint16(from + 2 * i, true)));
}

/** The number that 16 bits stand for; the format holds neither infinity nor what is no number. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
