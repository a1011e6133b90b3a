// Control characters but the line end, format characters (among them the zero-width and bidirectional
// ones), line separators, lone surrogates, everything that Unicode says to ignore, what is no character or is drawn as each font
// likes, and what is drawn as nothing although it is a symbol (the blank Braille pattern, the null
// notehead, the Khitan filler); and the combining marks that Telegram drops.
const hidden =
  /[\u030A\u0333\u033F\p{Cf}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}\u{16FE4}]|(?!\n)\p{Cc}/gu;
// White space that is wide, but no space to a shell.
const spaces = /(?! )\p{Zs}/gu;
// How emoji are written: a picture, then its style, its colour of skin, or another picture joined to it.
const picture = String.raw`\p{Extended_Pictographic}\uFE0F?[\u{1F3FB}-\u{1F3FF}]?`;
const emoji = new RegExp(`${picture}(?:\\u200D${picture})*`, "gu");

/**
 * A text of the agent in which nothing is hidden: characters that are not drawn, or that change the
 * order of others, stand as `\u{202e}`. Line ends and emoji stay, and a tab becomes four spaces, since
 * Telegram makes it one.
 */
export function withHiddenShown(text: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const { 0: whole, index } of text.matchAll(emoji)) {
    parts.push(escaped(text.slice(end, index)), whole);
    end = index + whole.length;
  }
  return [...parts, escaped(text.slice(end))].join("");
}

/** The same for what a program reads: a space that is not U+0020 is shown as well. */
export function codeWithHiddenShown(text: string): string {
  return withHiddenShown(text).replaceAll(spaces, asEscape);
}

/** The same on one line: a line end is shown too, so that nothing can look like the next line. */
export function onOneLine(text: string): string {
  return withHiddenShown(text).replaceAll("\n", asEscape);
}

function escaped(text: string): string {
  return text.replaceAll("\t", "    ").replaceAll(hidden, asEscape);
}

function asEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
