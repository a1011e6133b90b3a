// White space, control and format characters, what Unicode says to ignore where it is not supported
// (U+200B, U+2060, U+3164 and others), and the blank Braille pattern.
const visible = /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether a reader sees anything of a text. Telegram refuses most texts without, and shows the rest empty. */
export function isVisible(text: string): boolean {
  return visible.test(text);
}
