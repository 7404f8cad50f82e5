/** Pages that only `python -m tests.bar.frames` builds: our engine and its rival on the same scene. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  logLevel: "warn",
  build: { target: "es2022", rolldownOptions: { input: ["ours.html", "konva.html"].map(page) } },
});

function page(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
