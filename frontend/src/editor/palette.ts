/** Colours that the canvas takes from the token sheet. */
export interface Palette {
  /** Eight stops of the ramp of blur levels. */
  readonly ramp: readonly string[];
  readonly outlineDark: string;
  readonly outlineLight: string;
  readonly badge: string;
  readonly badgeText: string;
  readonly action: string;
  readonly surround: string;
  readonly font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    ramp: Array.from({ length: 8 }, (_, i) => token(`--ramp-${i}`)),
    outlineDark: token("--outline-dark"),
    outlineLight: token("--outline-light"),
    badge: token("--badge"),
    badgeText: token("--badge-text"),
    action: token("--action"),
    surround: token("--surround"),
    font: token("--font"),
  };
}

/** The stop of the ramp for a level of a project with so many levels. */
export function rampStop(level: number, levelCount: number): number {
  return Math.round((level * 7) / Math.max(1, levelCount - 1));
}
