import { en } from "./en.ts";

/**
 * The texts of a language. A text is a string, or a function of its placeholders. Other languages have the
 * same keys, and functions of the same placeholders: `const de: Texts = …` fails the type check otherwise.
 * A number is a placeholder too, so that each language decides its own plural.
 */
export type Texts = typeof en;

/**
 * What the operator reads in the chat, in the language in use. What agents read stays in English where
 * it is written, as the log and the answers to HTTP requests do.
 */
export const texts: Texts = en;
