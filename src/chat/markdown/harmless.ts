// oxlint-disable-next-line no-control-regex
const harmful = /[\u030a\u0333\u033f\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
// oxlint-disable-next-line no-control-regex
const lineEnds = /\r\n?|[\x85\u2028\u2029]/g;
// Embeddings, overrides and isolates: what comes after them is shown in another order than it is read.
const directions = /[\u202a-\u202e\u2066-\u2069]/g;
// Telegram drops these combining marks (TDLib, `clean_input_string`), so that `/` and `stop` with one between
// would be a command. Where a letter has the ring, it stays as the letter with it.
const dropped = /[\u030a\u0333\u033f]/g;
const ringed = /\p{L}\u030a/gu;
// oxlint-disable-next-line no-control-regex
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * A text of the agent with line ends that are `\n`, without lone surrogates, and without what would
 * change the order of its characters or what Telegram drops. Other control characters are shown by their pictures (`␛`):
 * Telegram makes them spaces. Tabs stay, since they mean something in Markdown.
 */
export function harmless(text: string): string {
  const whole = text.toWellFormed();
  if (!harmful.test(whole)) return whole;
  return whole
    .replace(lineEnds, "\n")
    .replace(directions, "")
    .replace(ringed, (letter) => letter.normalize("NFC"))
    .replace(dropped, "")
    .replace(controls, pictureOf);
}

/** Four spaces for each tab, since Telegram makes it one. */
export function withoutTabs(text: string): string {
  return text.includes("\t") ? text.replaceAll("\t", "    ") : text;
}

function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : "\ufffd";
}
