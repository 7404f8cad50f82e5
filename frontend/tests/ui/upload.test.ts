import { expect, test } from "vitest";
import { ApiError, type UploadResult } from "../../src/api";
import { BATCH_BYTES, batchOf, sizeOf } from "../../src/ui/upload/batches";
import { UploadQueue } from "../../src/ui/upload/queue.svelte";

const file = (name: string, size = 10): File => {
  const made = new File(["x".repeat(Math.min(size, 100))], name, { lastModified: 1 });
  Object.defineProperty(made, "size", { value: size });
  return made;
};
const image = { id: 1 } as unknown as NonNullable<UploadResult["image"]>;

test("a request holds at most 20 photos and 50 MB, and a larger photo goes alone", () => {
  const items = (sizes: number[]) => sizes.map((size) => ({ file: { size } }));
  expect(batchOf(items(Array(25).fill(10))).length).toBe(20);
  expect(batchOf(items([BATCH_BYTES - 10, 10, 10])).length).toBe(2);
  expect(batchOf(items([2 * BATCH_BYTES, 10])).length).toBe(1);
  expect(batchOf([])).toEqual([]);
});

test("each file gets its own result", async () => {
  const queue = new UploadQueue(async (_project, files) =>
    files.map(({ name }): UploadResult => {
      if (name === "bad.jpg")
        return { file_name: name, error: { code: "invalid_image", detail: "It is cut off." } };
      return { file_name: name, image, duplicate: name === "old.jpg" };
    }),
  );
  queue.add([file("new.jpg"), file("old.jpg"), file("bad.jpg"), file("notes.txt"), file("new.jpg")]);
  await queue.run(1, {});
  expect(queue.items.map(({ file, state, words }) => [file.name, state, words])).toEqual([
    ["new.jpg", "done", ""],
    ["old.jpg", "duplicate", "The project has this photo already."],
    ["bad.jpg", "failed", "It is cut off."],
    ["notes.txt", "failed", "Only JPEG, PNG and WebP photos can be labelled."],
  ]);
});

test("when the connection breaks the batch can be sent again, and only it", async () => {
  let calls = 0;
  const sent: string[][] = [];
  const queue = new UploadQueue(async (_project, files) => {
    if (calls++ === 0) throw new ApiError(0, "offline", "");
    sent.push(files.map(({ name }) => name));
    return files.map(({ name }) => ({ file_name: name, image }));
  });
  queue.add(Array.from({ length: 22 }, (_, i) => file(`${i}.jpg`)));
  await queue.run(1, {});
  expect([queue.countOf("failed"), queue.countOf("done")]).toEqual([20, 2]);
  queue.retry();
  await queue.run(1, {});
  expect(queue.countOf("done")).toBe(22);
  expect(sent.map(({ length }) => length)).toEqual([2, 20]);
});

test("a fault of the form stops everything and names its field; the photos go on waiting", async () => {
  const queue = new UploadQueue(async () => {
    throw new ApiError(400, "required", "Say under which licence.", "license");
  });
  queue.add([file("a.jpg")]);
  await queue.run(1, {});
  expect(queue.fault).toEqual({ where: "license", detail: "Say under which licence." });
  expect(queue.items[0]?.state).toBe("waiting");
});

test("sizes in words", () => {
  expect([sizeOf(2048), sizeOf(3.25 * 2 ** 20), sizeOf(40 * 2 ** 20), sizeOf(1.5 * 2 ** 30)]).toEqual([
    "2 kB",
    "3.3 MB",
    "40 MB",
    "1.5 GB",
  ]);
});
