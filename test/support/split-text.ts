/** A text of 9,500 characters that all differ from those before, beginning with `name`. */
export function longText(name: string): string {
  const lines = Array.from({ length: 1900 }, (_, line) => String(line).padStart(4, "0"));
  return `${`${name} ${lines.join("\n")}`.slice(0, 9499)}!`;
}

/** The messages that a client makes of a text: at most 4,096 UTF-16 units each. */
export function cut(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / 4096) }, (_, index) =>
    text.slice(index * 4096, (index + 1) * 4096),
  );
}
