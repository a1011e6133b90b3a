/**
 * The text a terminal program may be handed by a bracketed paste: line feed and tab are the only
 * control characters left, `\r\n` and a lone `\r` are `\n`, and there is no newline at the end.
 * ESC has to go because `ESC[201~` would close the paste and the rest would count as typed keys;
 * U+009B is its eight-bit form. Everything else, spaces included, is kept as it is.
 */
export function cleanForPaste(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, "\n")
      // oxlint-disable-next-line no-control-regex -- control characters are what is removed
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
      .replace(/\n+$/, "")
  );
}
