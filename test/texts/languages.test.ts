import { test } from "tap";
import { en } from "../../src/texts/en.ts";
import { type Texts, texts } from "../../src/texts/texts.ts";

// `npm run typecheck` fails where one of these is accepted.
const { stopped, ...others } = en.turns;
const fromStranger = ({ name }: { name: string }) => `From ${name}`;
const fromNumber = ({ text }: { text: number }) => `From ${text}`;
const languages: unknown[] = [
  // @ts-expect-error A text is missing.
  others satisfies Texts["turns"],
  // @ts-expect-error A text that English does not have.
  { ...en, mood: "glad" } satisfies Texts,
  // @ts-expect-error A placeholder that English does not have.
  { fromProgram: fromStranger } satisfies Texts["replies"],
  // @ts-expect-error A placeholder of another type.
  { fromProgram: fromNumber } satisfies Texts["replies"],
  // @ts-expect-error Placeholders for a text that has none.
  { ...en.turns, stopped: fromStranger } satisfies Texts["turns"],
];

/** The texts of a catalogue, each by its path, such as `turns.stopped`. */
function entries(group: object, path = ""): [string, unknown][] {
  return Object.entries(group).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? entries(value, `${path}${key}.`)
      : [[`${path}${key}`, value]],
  );
}

test("a language without a text, or with a wrong placeholder, is not the catalogue's type", async (t) => {
  t.equal(languages.length, 5, "the compiler expects an error in each");
  t.equal(stopped, "Turn stopped.");
  t.equal(texts, en, "English is in use");
});

test("every text says something, and is a string or a function of named placeholders", async (t) => {
  const all = entries(en);
  t.ok(all.length > 20);
  for (const [path, text] of all) {
    if (typeof text === "string") t.ok(text.trim() === text && text !== "", path);
    else t.ok(typeof text === "function" && text.length === 1, path);
  }
});

test("a text shows each of its placeholders", async (t) => {
  const functions = entries(en).filter(([, text]) => typeof text === "function");
  t.ok(functions.length > 5);
  for (const [path, text] of functions) {
    const named: string[] = [];
    const placeholders = new Proxy(
      {},
      { get: (_, name) => (named.push(`‹${String(name)}›`), named.at(-1)) },
    );
    const shown = (text as (values: object) => string)(placeholders);
    t.ok(named.length > 0 && named.every((name) => shown.includes(name)), `${path}: ${shown}`);
  }
});
