// White space, control and format characters, what Unicode says to ignore where it is not supported
// (U+200B, U+2060, U+3164 and others), what is no character, and symbols that are drawn as nothing: the
// blank Braille pattern, the null notehead, the Khitan filler.
const visible =
  /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u{FFFE}\u{FFFF}\u{FDD0}-\u{FDEF}\u2800\u{1D159}\u{16FE4}]/u;

/** Whether a reader sees anything of a text. Telegram refuses most texts without, and shows the rest empty. */
export function isVisible(text: string): boolean {
  return visible.test(text);
}
