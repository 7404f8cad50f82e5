/** Mount each island of a page: `<div data-island="NAME" data-props="ID of a json_script">`; its code is loaded only where it is used. */
import { type Component, mount } from "svelte";
import { takeTold } from "./ui/notice";

type Island = () => Promise<{ default: Component<never> }>;

const islands: Record<string, Island> = {
  workbench: () => import("./ui/workbench/Workbench.svelte"),
  upload: () => import("./ui/upload/Upload.svelte"),
  jobs: () => import("./ui/jobs/Jobs.svelte"),
  gallery: () => import("./ui/gallery/Gallery.svelte"),
  review: () => import("./ui/review/Review.svelte"),
  stream: () => import("./ui/review/Stream.svelte"),
  keys: () => import("./ui/preferences/Keys.svelte"),
  plan: () => import("./ui/plan/Plan.svelte"),
  split: () => import("./ui/split/Split.svelte"),
  calibration: () => import("./ui/calibration/Calibration.svelte"),
  run: () => import("./ui/run/Run.svelte"),
  runs: () => import("./ui/run/Overlay.svelte"),
  vote: () => import("./ui/vote/Vote.svelte"),
  rework: () => import("./ui/rework/SendBack.svelte"),
  "label-upload": () => import("./ui/labels/LabelUpload.svelte"),
  "label-import": () => import("./ui/labels/LabelImport.svelte"),
  links: () => import("./ui/links/Links.svelte"),
  cull: () => import("./ui/cull/Cull.svelte"),
  atlas: () => import("./ui/atlas/Atlas.svelte"),
};

showTold();

/** What the page before wanted said here. */
async function showTold(): Promise<void> {
  const told = takeTold();
  const main = document.querySelector("main");
  if (!told || !main) return;
  const target = document.createElement("div");
  target.className = "notices";
  main.prepend(target);
  const { default: ToldHere } = await import("./ui/ToldHere.svelte");
  mount(ToldHere, { target, props: { told } });
}

for (const target of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const island = islands[target.dataset.island ?? ""];
  const source = document.getElementById(target.dataset.props ?? "");
  island?.().then(({ default: component }) => {
    const fallback = [...target.childNodes]; // what the page shows without a script
    target.replaceChildren();
    mount(component, { target, props: { ...JSON.parse(source?.textContent ?? "{}"), fallback } as never });
  });
}
