import type { Stage } from "../../sandbox/stage.ts";
import type { ChatMessage } from "../../sandbox/telegram/chats.ts";
import { type Grid, readCells } from "../../src/picture/cells.ts";
import { isAtRest, until } from "./stage.ts";

/** Width and height of a PNG, by its header. */
export function pngSize(bytes: Buffer | undefined): { width: number; height: number } | undefined {
  if (bytes?.toString("latin1", 1, 4) !== "PNG") return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** A message that shows a terminal. */
export function isPicture({ from, file }: ChatMessage): boolean {
  return from === "bot" && file?.name.endsWith(".png") === true;
}

/** What Telegram was told to show for a moment where a button was pressed, oldest first. */
export function notices(stage: Stage): string[] {
  const answers = stage.telegram.calls.filter(({ method }) => method === "answerCallbackQuery");
  return answers.map(({ payload: { text } }) => (typeof text === "string" ? text : ""));
}

/**
 * Empties the prompt box of the default agent with Ctrl-C below a picture, and resolves once it rests. On a busy
 * machine opencode may not say in time that nothing waits; Switchboard then asks first, and this agrees.
 */
export async function clearBox(stage: Stage, messageId: number): Promise<void> {
  const { telegram } = stage;
  const asked = new Set(telegram.chat().map(({ message_id: id }) => id));
  const press = () => telegram.operatorPresses({ messageId, button: "Ctrl-C" });
  let told = notices(stage).length;
  press();
  await until(async () => {
    const question = telegram
      .chat()
      .find(({ message_id: id, text }) => !asked.has(id) && text.startsWith("opencode does not"));
    if (question) {
      asked.add(question.message_id);
      telegram.operatorPresses({ messageId: question.message_id, button: "Press Ctrl-C" });
    }
    // opencode has answered by now, so that what was agreed to is over.
    const isOver = notices(stage)
      .slice(told)
      .some((text) => text.startsWith("Not done"));
    told = notices(stage).length;
    if (isOver) press();
    return (await isAtRest(stage)) ? true : undefined;
  });
}

/** The words in a row of cells, as `capture-pane -N` gives them. */
export function wordsOf(row: Grid[number]): string {
  return row
    .filter(({ width }) => width > 0)
    .map(({ letters }) => (letters === "" ? " " : letters))
    .join("");
}

/** A pane as it is read into cells beside what tmux itself says of it, taken while nothing changes on it. */
export async function cellsBeside(
  stage: Pick<Stage, "tmux">,
  target = "=default_agent:",
): Promise<{ grid: Grid; pane: string[] }> {
  const capture = (...how: string[]) =>
    stage.tmux("capture-pane", "-p", "-N", ...how, "-t", target);
  const size = await stage.tmux(
    "display-message",
    "-p",
    "-t",
    target,
    "#{pane_width} #{pane_height}",
  );
  const [width = 0, height = 0] = size.split(" ").map(Number);
  for (;;) {
    const plain = await capture();
    const text = await capture("-e");
    if (plain !== (await capture())) continue;
    const grid = await readCells({ text, width, height, cursor: undefined });
    const pane = plain.split("\n").slice(0, height);
    return { grid, pane };
  }
}
