/** Words in the person's language. The page loads Django's catalogue before the bundle; without one, English stays.
 *
 * `python manage.py translate` finds what is marked, so the words must stand in the call itself, in double quotes.
 */

interface Catalogue {
  gettext(message: string): string;
  ngettext(one: string, many: string, count: number): string;
}

type Values = Readonly<Record<string, string | number>>;

const { django } = globalThis as { django?: Catalogue };
const catalogue = django?.gettext ? django : undefined; // the admin has a `django` too, with other things in it

/** The language of the page. */
export const LANGUAGE = typeof document === "undefined" ? "en" : document.documentElement.lang || "en";

/** The sentence in the person's language, with `%(name)s` replaced by the value of that name. */
export function t(message: string, values: Values = {}): string {
  return filled(catalogue?.gettext(message) ?? message, values);
}

/** The sentence for one or for many; `%(count)s` is the number. */
export function tn(one: string, many: string, count: number, values: Values = {}): string {
  const words = catalogue?.ngettext(one, many, count) ?? (count === 1 ? one : many);
  return filled(words, { count: count.toLocaleString(LANGUAGE), ...values });
}

function filled(words: string, values: Values): string {
  return words.replace(/%\((\w+)\)[sd]/g, (whole, name: string) => String(values[name] ?? whole));
}
