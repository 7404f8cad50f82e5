/** All that is asked of the API, by whichever page. */
export * from "../src/api";
export * from "../src/ui/gallery/calls";
export * from "../src/ui/preferences/calls";
export * from "../src/ui/review/calls";
export * from "../src/ui/rework/calls";
export * from "../src/ui/upload/calls";
export * from "../src/ui/vote/calls";
export * from "../src/ui/workbench/calls";
