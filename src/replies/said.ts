import { createHash } from "node:crypto";
import type { Caller } from "../access/callers.ts";

/** How a reply is meant, and who says it. */
export interface SaidSettings {
  agent?: string | undefined;
  session?: string | undefined;
  format?: string | undefined;
  silent?: boolean | undefined;
  wait?: boolean | undefined;
}

/** An uploaded file: its name as it came, and the SHA-256 of its content. */
export interface Upload {
  name: string;
  digest: string;
}

/** What a request to `/reply` says, whatever its content type. A file is a path or an upload. */
export interface Said<Settings extends SaidSettings = SaidSettings> {
  settings: Settings;
  text: string;
  files: (string | Upload)[];
  /** The places in `files` of those that are to be shown, not only stored. */
  photos?: number[] | undefined;
  /** The words of its buttons; undefined when it has none. */
  buttons?: string[] | undefined;
}

/**
 * Stands for what a request says: the same for each repeat of it. A file that is named by its path
 * counts by the path, since it may have changed before the request is repeated. How long the sender
 * waits, and which call it comes from, is not part of what is said.
 */
export function digestOf({ settings, text, files, photos, buttons }: Said): string {
  const { agent, session, format, silent = false } = settings;
  const said: unknown[] = [text, files, agent ?? null, session ?? null, format ?? null, silent];
  // What was said without these keeps the digest that earlier versions gave it.
  if (buttons) said.push(buttons);
  if (photos?.length) said.push({ photos });
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/**
 * The key by which a repeat is recognised. Each agent has its own keys: two that choose the same one do
 * not know of each other, and neither may learn what the other has said.
 */
export function keyOf(caller: Caller | null, chosen: string | undefined): string | undefined {
  if (chosen === undefined || caller?.kind !== "agent") return chosen;
  // A key has no space, so that no program's key is an agent's.
  return `${caller.agent} ${chosen}`;
}
