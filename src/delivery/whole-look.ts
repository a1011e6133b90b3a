import { setTimeout as pause } from "node:timers/promises";
import type { Look } from "../tmux/pane.ts";
import { readScreen } from "./tui.ts";

// The TUI draws at most every 17 ms; a busy machine takes several times as long.
const usualWithinMs = 200;
// Nothing tells when a frame is whole.
const againMs = 10;

/**
 * What a terminal shows, once that can be understood. tmux may show half of a frame that the TUI is drawing, with
 * the cursor where it draws: such a screen is looked at again for `withinMs` milliseconds, since it would be mistaken
 * for one that takes no text. Whatever the last look shows is resolved to. @throws as `capture`
 */
export async function wholeLook<Seen extends Look | undefined>(
  capture: () => Promise<Seen>,
  withinMs = usualWithinMs,
): Promise<Seen> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const look = await capture();
    if (!look || !mayBeHalf(look) || performance.now() >= deadline) return look;
    await pause(againMs);
  }
}

function mayBeHalf(look: Look): boolean {
  // A home screen or another program has another title.
  if (look.dead || look.inMode || !look.title.startsWith("OC | ")) return false;
  const { ready, dialog } = readScreen(look);
  return !ready && dialog !== "permission" && dialog !== "question";
}
