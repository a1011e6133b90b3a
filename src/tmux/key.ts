/** The keys that may be pressed, by their tmux names; a character that can be printed is its own name. */
export type Key = NamedKey | `C-${string}` | `F${number}` | Character;

type NamedKey =
  | "Enter"
  | "BSpace"
  | "Escape"
  | "Up"
  | "Down"
  | "Left"
  | "Right"
  | "Tab"
  | "BTab"
  | "Home"
  | "End"
  | "PPage"
  | "NPage"
  | "DC"
  | "Space";

/** One printable ASCII character, marked so that no other text passes for a key. */
export type Character = string & { readonly isKey: true };

const byName: Record<string, NamedKey> = {
  enter: "Enter",
  return: "Enter",
  backspace: "BSpace",
  bspace: "BSpace",
  esc: "Escape",
  escape: "Escape",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  tab: "Tab",
  "shift-tab": "BTab",
  btab: "BTab",
  home: "Home",
  end: "End",
  pageup: "PPage",
  ppage: "PPage",
  pagedown: "NPage",
  npage: "NPage",
  delete: "DC",
  dc: "DC",
  space: "Space",
};

/**
 * The key of a name as operators write it, or as tmux has it: `Enter`, `esc`, `ctrl-c`, `F5`, `PageUp`, or one
 * character of ASCII. Undefined for any other.
 */
export function keyNamed(name: string): Key | undefined {
  if (/^[!-~]$/.test(name)) return name as Character;
  const low = name
    .toLowerCase()
    .replace(/^page[ _-]/, "page")
    .replace(/^shift\+/, "shift-");
  const control = /^(?:(?:ctrl|control|c)[-+]|\^)([a-z])$/.exec(low)?.[1];
  if (control !== undefined) return `C-${control}`;
  const functional = /^f([1-9]|1[0-2])$/.exec(low)?.[1];
  if (functional !== undefined) return `F${Number(functional)}`;
  return Object.hasOwn(byName, low) ? byName[low] : undefined;
}

/** A key as one word of a tmux command inside of a command: a character by its code, so that none is special. */
export function keyWord(key: Key): string {
  if (key.length === 1) return `-H ${key.charCodeAt(0).toString(16)}`;
  if (!/^[A-Za-z0-9-]+$/.test(key)) throw new Error("not a key");
  return key;
}
