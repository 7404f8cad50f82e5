/** What a key press is called: the table of keys, pages and a person's own keys all speak of chords. */

const DEAD_GRAVE = new Set(["Backquote", "Shift+Equal"]); // on US-International and on German keyboards

/**
 * A key with its modifiers, such as `Ctrl+Shift+z`, on every layout.
 *
 * The digits above the letters go by their place, whatever Shift or the layout makes of them; those of the number pad
 * only while it writes digits. What AltGr or Option writes goes by the sign alone: `[` is `[`, with whatever it is typed.
 */
export function chordOf(event: KeyboardEvent): string {
  const { key, code, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (key === "Dead" && DEAD_GRAVE.has(shiftKey ? `Shift+${code}` : code)) return "`";
  const isSymbol = key.length === 1 && key.toLowerCase() === key.toUpperCase() && !/[0-9 ]/.test(key);
  if (event.getModifierState("AltGraph") || (altKey && isSymbol)) return key;
  const digit = /^Digit([0-9])$/.exec(code)?.[1];
  const name = digit ?? (key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key);
  const parts = [
    ctrlKey || metaKey ? "Ctrl" : "",
    altKey ? "Alt" : "",
    shiftKey && !(isSymbol && digit === undefined) ? "Shift" : "",
  ];
  return [...parts.filter(Boolean), name].join("+");
}
