const bar = "\u001b[38;5;215m\u001b[48;5;233m┃\u001b[38;5;15m";
const usual = "\u001b[48;5;234m";

/** One choice of a dialog as opencode 1.18.33 draws it. */
const button = (label: string, marked: string) =>
  label === marked
    ? `\u001b[48;5;215m \u001b[38;5;232m${label}\u001b[38;5;15m ${usual}`
    : ` \u001b[38;5;8m${label}\u001b[38;5;15m `;

const screen = (rows: string[]) =>
  ["", "     $ touch made.txt", "", "     ▣  Build", "", ...rows, "", ""].join("\n");

/** A screen that shows text and no dialog. */
export function asks(text: string): string {
  return screen([`     ${text}`]);
}

/** A screen with the dialog of a permission, in which one choice is marked. */
export function styledDialog(marked: string): string {
  const choices = ["Allow once", "Allow always", "Reject"].map((label) => button(label, marked));
  return screen([
    `  ${bar}   `,
    `  ${bar}  \u001b[38;5;215m△\u001b[38;5;255m Permission required\u001b[38;5;15m   `,
    `  ${bar}    # Shell command   `,
    `  ${bar}  $ touch made.txt   `,
    `  ${bar}${usual}  ${choices.join(" ")}   \u001b[38;5;255menter \u001b[38;5;8mconfirm   `,
    `  ${bar}${usual}     `,
  ]);
}

/** A screen with the dialog of a question, in which one option is marked. */
export function askedChoice(marked: string): string {
  const option = (label: string, index: number) =>
    label === marked
      ? `  ${bar}  \u001b[38;5;68m${usual}${index + 1}.\u001b[38;5;15m \u001b[38;5;75m${label}\u001b[48;5;233m    `
      : `  ${bar}  \u001b[38;5;8m${index + 1}.\u001b[38;5;15m \u001b[38;5;255m${label}    `;
  return screen([
    `  ${bar}  Which colour?   `,
    ...["Red", "Blue"].map(option),
    `  ${bar}  ↑↓ select  enter submit  esc dismiss  `,
  ]);
}
