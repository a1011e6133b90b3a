/** A name from Telegram as a terminal may show it: nothing that moves the cursor or turns the text around. */
export function printable(name: string): string {
  const shown = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
  return shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
}
