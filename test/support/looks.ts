import type { StyledLook } from "../../src/tmux/pane.ts";

/** A pane of 80 × 24 cells that shows a text. */
export function lookOf(text: string, fields: Partial<StyledLook> = {}): StyledLook {
  return {
    id: "%1",
    session: "default_agent",
    dead: false,
    deadStatus: undefined,
    inMode: false,
    pid: 7,
    since: 5,
    title: "OC | a",
    width: 80,
    height: 24,
    cursorX: 5,
    cursorY: 2,
    hasCursor: true,
    text,
    ...fields,
  };
}

/** A screen with the prompt box of opencode's TUI, in which some words are written. */
export function boxWith(words: string): string {
  return [
    "",
    "  ┃",
    `  ┃  ${words}`,
    "  ┃",
    "  ┃  Build · Model Provider",
    `  ╹${"▀".repeat(70)}`,
    "   /work                              ctrl+p commands",
    "",
  ].join("\n");
}
