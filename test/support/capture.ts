import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PaneView } from "../../src/delivery/tui.ts";

/** A capture of the real TUI: its pane title, the cursor as `x,y`, then the screen. */
export function capture(name: string): PaneView {
  const file = join(import.meta.dirname, "..", "agents", "fixtures", `tui-${name}.txt`);
  const [title = "", cursor = "", ...lines] = readFileSync(file, "utf8").split("\n");
  const [x, y] = cursor.split(",").map(Number);
  return { title, cursorX: x ?? -1, cursorY: y ?? -1, text: lines.join("\n") };
}
