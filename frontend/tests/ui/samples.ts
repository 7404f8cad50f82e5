/** Photos, maps and projects for the tests of pages. */

import type { Document, Region } from "../../src/model/annotation";
import type * as Api from "../everycall";

export const LEVELS: readonly Api.Level[] = [
  { level: 0, name: "Sharp", sigma_from: 0, sigma_to: 0.8, sample_sigma: 0, amount_ppm: 0 },
  { level: 1, name: "Low", sigma_from: 0.8, sigma_to: 2.4, sample_sigma: 1.8, amount_ppm: 333_333 },
  { level: 2, name: "Medium", sigma_from: 2.4, sigma_to: 4.8, sample_sigma: 3.4, amount_ppm: 666_667 },
  { level: 3, name: "High", sigma_from: 4.8, sigma_to: null, sample_sigma: 7, amount_ppm: 1_000_000 },
];

export const PROJECT: Api.Project = {
  id: 1,
  name: "Birds",
  levels: [...LEVELS],
  votes_wanted: 3,
  role: "annotator",
};

/** A photo of 100 x 80 pixels. */
export const image = (id: number, more: Partial<Api.Image> = {}): Api.Image =>
  ({
    id,
    file_name: `${id}.jpg`,
    width: 100,
    height: 80,
    state: "new",
    is_withdrawn: false,
    ...more,
  }) as Api.Image;

/** A square of pixels, its upper left corner at (x, y). */
export const square = (id: string, level: number, x = 10, y = 10, side = 40): Region => ({
  id,
  level,
  kind: "defocus",
  rings: [[x, y, x + side, y, x + side, y + side, x, y + side].map((value) => 16 * value)],
  z: 0,
});

export const map = (base: number | null, ...regions: Region[]): Document => ({
  base,
  regions: regions.map((region, z) => ({ ...region, z })),
});

export const annotation = (id: number, photo: number, more: Partial<Api.Annotation> = {}): Api.Annotation =>
  ({
    id,
    image: photo,
    author: 1,
    layer: "person",
    revision: 0,
    state: "draft",
    document: map(null),
    notes: [],
    active_ms: 0,
    ...more,
  }) as Api.Annotation;

/** Photo n to label; its annotation is number 100 + n. */
export const task = (
  n: number,
  more: Partial<Api.Annotation> = {},
  rest: Partial<Api.Task> = {},
): Api.Task => ({
  image: image(n),
  annotation: annotation(100 + n, n, more),
  prediction: null,
  vote: null,
  lease_until: "",
  ...rest,
});

/** Photo n, on which ada and bea differ at one place; their maps are numbers 10 n + 1 and 10 n + 2. */
export const dispute = (n: number, more: Partial<Api.Dispute> = {}): Api.Dispute => ({
  image: image(n, { state: "disputed" }),
  why: "The votes differ: 1 × Good, 1 × Bad.",
  desirability: "bad",
  seen: 3,
  people: [
    {
      annotation: 10 * n + 1,
      name: "ada",
      vote: "good",
      is_blurred: true,
      document: map(0, square("a", 1)),
    },
    { annotation: 10 * n + 2, name: "bea", vote: "bad", is_blurred: false, document: map(0) },
  ],
  merged: map(0, square("a", 1)),
  is_merged_blurred: true,
  differences: [{ box: [10, 10, 50, 50], area_px: 1600, levels: [1, 0] }],
  ...more,
});

export const REASONS = [
  { value: "ambiguous", sentence: "The photo is ambiguous." },
  { value: "misread", sentence: "The guideline was misread." },
  { value: "slip", sentence: "It was a slip." },
];
