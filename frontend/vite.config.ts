import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Tests mount components as a browser does; the address of the icons is no file of theirs. */
const forTests = { resolve: { conditions: ["browser"] }, server: { fs: { strict: false } } };

export default defineConfig({
  base: "./", // every address inside the bundle is relative, so any STATIC_URL serves it
  plugins: [svelte({ compilerOptions: { discloseVersion: false } })],
  worker: { format: "es" },
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    assetsInlineLimit: 0, // the CSP allows no data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: [
        "src/page.ts",
        "src/main.ts",
        "src/passkey.ts",
        "src/twins.ts",
        "src/styles/site.css",
        "src/styles/admin.css",
      ],
      output: {
        // What most islands share travels as one: small files compress badly, and each takes a request.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "base", test: /frontend.src.(api|model.language|ui.changes)\.ts/, priority: 1 }, // no Svelte
            // What dialogs share comes with the first of them.
            { name: "common", test: /frontend.src(?!.ui.Dialog)/, minShareCount: 4 },
          ],
        },
      },
    },
  },
  ...(process.env.VITEST ? forTests : {}),
  test: {
    testTimeout: 30_000, // on a busy machine
    projects: [
      {
        extends: true,
        test: {
          name: "plain",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/ui/**"],
          setupFiles: ["tests/setup.ts"],
          isolate: false, // each file of its own takes longer to begin than to run
          unstubGlobals: true,
        },
      },
      {
        extends: true,
        test: {
          name: "ui",
          include: ["tests/ui/**/*.test.ts"],
          environment: "happy-dom",
          setupFiles: ["tests/ui/setup.ts"],
          isolate: false, // one window serves all files: making one takes longer than most of them
        },
      },
    ],
  },
});
