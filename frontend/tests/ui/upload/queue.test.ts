import { expect, test, vi } from "vitest";
import { ApiError, type UploadResult } from "../../../src/api";
import { UploadQueue } from "../../../src/ui/upload/queue.svelte";

const file = (name: string, size = 10): File => {
  const made = new File(["x".repeat(Math.min(size, 100))], name, { lastModified: 1 });
  Object.defineProperty(made, "size", { value: size });
  return made;
};
const image = { id: 1 } as unknown as NonNullable<UploadResult["image"]>;

test("each file gets its own result", async () => {
  const queue = new UploadQueue(async (_project, files) =>
    files.map(({ name }): UploadResult => {
      if (name === "bad.jpg")
        return { file_name: name, error: { code: "invalid_image", detail: "It is cut off." } };
      return { file_name: name, image, duplicate: name === "old.jpg" };
    }),
  );
  queue.add([file("new.jpg"), file("old.jpg"), file("bad.jpg"), file("notes.txt"), file("new.jpg")]);
  expect(queue.again).toBe(1);
  queue.add([file("newer.jpg")]);
  expect(queue.again).toBe(0);
  queue.remove(queue.items.at(-1) as (typeof queue.items)[number]);
  await queue.run(1, {});
  expect(queue.items.map(({ file, state, words }) => [file.name, state, words])).toEqual([
    ["new.jpg", "done", ""],
    ["old.jpg", "duplicate", "The project has this photo already."],
    ["bad.jpg", "failed", "It is cut off."],
    ["notes.txt", "failed", "Only JPEG, PNG, WebP, HEIC and AVIF photos can be labelled."],
  ]);
});

test("what had to be done to a photo stands beside it", async () => {
  const note = "It was turned upright.";
  const queue = new UploadQueue(async (_project, files) =>
    files.map(({ name }) => ({ file_name: name, image, note: name === "b.heic" ? note : "" })),
  );
  queue.add([file("a.jpg"), file("b.heic")]);
  await queue.run(1, {});
  expect(queue.items.map(({ state, words }) => [state, words])).toEqual([
    ["done", ""],
    ["done", note],
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

test("a body that leaves is the first files' first: each has its own share, then is checked", async () => {
  const seen: [string, number][][] = [];
  const queue = new UploadQueue(async (_project, files, _terms, progress) => {
    for (const share of [0.25, 0.5, 1]) {
      progress(share);
      seen.push(queue.items.map((item) => [item.state, item.share]));
    }
    return files.map(({ name }) => ({ file_name: name, image }));
  });
  queue.add([file("a.jpg", 100), file("b.jpg", 100)]);
  await queue.run(1, {});
  expect(seen).toEqual([
    [
      ["sending", 0.5],
      ["sending", 0],
    ],
    [
      ["checking", 1],
      ["sending", 0],
    ],
    [
      ["checking", 1],
      ["checking", 1],
    ],
  ]);
});

test("how much has left counts bytes of what is not refused, and its pace since the start", async () => {
  vi.useFakeTimers({ now: 0, toFake: ["Date"] });
  let told: UploadQueue["progress"] | null = null;
  const queue = new UploadQueue(async (_project, files, _terms, progress) => {
    vi.setSystemTime(2_000);
    progress(0.5);
    told = queue.progress;
    return files.map(({ name }) => ({ file_name: name, image }));
  });
  queue.add([file("a.jpg", 400), file("b.jpg", 600), file("notes.txt", 999)]);
  await queue.run(1, {});
  vi.useRealTimers();
  expect(told).toEqual({ sent: 500, total: 1000, perSecond: 250 });
});

test.each([
  [new ApiError(503, "away", ""), "The server does not answer. Nothing of this file was kept; retry it."],
  [new Error("?"), "The server does not answer. Nothing of this file was kept; retry it."],
  [new ApiError(401, "not_authenticated", ""), "Your session has ended. Sign in, then retry."],
  [new ApiError(413, "too_large", "The photos are too large."), "The photos are too large."],
  [new ApiError(400, "invalid", "Send photos.", "files[0]"), "Send photos."],
])("why a batch failed is told at each of its files: %s", async (error, words) => {
  const queue = new UploadQueue(async () => {
    throw error;
  });
  queue.add([file("a.jpg")]);
  await queue.run(1, {});
  expect(queue.items).toMatchObject([{ state: "failed", words, canRetry: true, share: 0 }]);
});

test("a file that the server's answer says nothing of can be sent again; a refused one cannot", async () => {
  const queue = new UploadQueue(async () => [
    { file_name: "a.jpg", error: { code: "invalid_image", detail: "It is cut off." } },
  ]);
  queue.add([file("a.jpg"), file("b.jpg")]);
  await queue.run(1, {});
  expect(queue.items.map(({ canRetry }) => canRetry)).toEqual([false, true]);
  queue.retry();
  expect(queue.items.map(({ state }) => state)).toEqual(["failed", "waiting"]);
});

test("a file can be left out; clearing takes all but what is on its way", async () => {
  const states: string[][] = [];
  const queue = new UploadQueue(async (_project, files) => {
    queue.add([file("late.jpg")]);
    queue.clear();
    states.push(queue.items.map((item) => item.file.name));
    return files.map(({ name }) => ({ file_name: name, image }));
  });
  queue.add([file("a.jpg"), file("b.jpg")]);
  queue.remove(queue.items[1] as (typeof queue.items)[number]);
  await queue.run(1, {});
  expect(states).toEqual([["a.jpg"]]);
});

test("a second start while photos are on their way sends nothing twice", async () => {
  let calls = 0;
  const queue = new UploadQueue(async (_project, files) => {
    calls += 1;
    await queue.run(1, {});
    return files.map(({ name }) => ({ file_name: name, image }));
  });
  queue.add([file("a.jpg")]);
  await queue.run(1, {});
  expect([calls, queue.isRunning]).toEqual([1, false]);
});
