// C0 and C1 controls, and what breaks or turns a line.
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const controlsButLineBreaks = /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text from anywhere as one line that cannot control a terminal. */
export function terminalLine(text: string): string {
  return text.replaceAll(controls, " ").trimEnd();
}

/** A text of several lines, of which none can control a terminal. */
export function terminalLines(text: string): string {
  return text.replaceAll(controlsButLineBreaks, " ");
}
