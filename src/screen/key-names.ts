import { texts } from "../texts/texts.ts";
import type { Key } from "../tmux/key.ts";

/** The keys below a picture, as they are labelled and as `/key` names them. */
export const pictureKeys = [
  [
    { label: "←", name: "Left" },
    { label: "↑", name: "Up" },
    { label: "↓", name: "Down" },
    { label: "→", name: "Right" },
  ],
  [
    { label: "Enter", name: "Enter" },
    { label: "Esc", name: "Esc" },
    { label: "Tab", name: "Tab" },
    { label: "Ctrl-C", name: "Ctrl-C" },
  ],
] as const;

/** The keys that only move the mark while a decision is open. */
export function isArrow(key: Key): boolean {
  return key === "Up" || key === "Down" || key === "Left" || key === "Right";
}

/** The keys that end or suspend the TUI of opencode 1.18 where its prompt box is empty. */
export function mayQuit(key: Key): boolean {
  return key === "C-c" || key === "C-d" || key === "C-z";
}

/** A key as operators read it: `Ctrl-C`, `Esc`, `Page up`. */
export function keyLabel(key: Key): string {
  if (key.startsWith("C-")) return `Ctrl-${key.slice(2).toUpperCase()}`;
  const labels: Record<string, string> = texts.screen.keys;
  return labels[key] ?? key;
}
