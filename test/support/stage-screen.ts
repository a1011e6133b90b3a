import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { ModelRequest } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import { cellsBeside, clearBox, isPicture, notices, pngSize, wordsOf } from "./screen.ts";
import { settled, shell, terminalRests, terminalShows, until } from "./stage.ts";

const said = [
  "# Title",
  "**bold** *italic* ~~struck~~ `code`",
  "- 日本語 한국어\n- 😀 ✅ ⚠️",
  "```ts\nconst a: number = 1; // ⠿⣿ ▀▄█ ┌─┐\n```",
  "| a | b |\n|---|---|\n| 1 | 2 |",
].join("\n\n");

function script(request: ModelRequest) {
  if (request.prompt === "show me") return { text: said };
  return shell("touch screen.txt", "the screen is made")(request);
}

/** Looks at the default agent's terminal and presses keys in it; `touch` has to be asked for. */
export async function screenPoints(t: Test, stage: Stage): Promise<void> {
  const { telegram, model } = stage;
  model.script = script;
  const press = (messageId: number, button: string) =>
    telegram.operatorPresses({ messageId, button });
  const noticed = (text: RegExp, from: number) =>
    until(() =>
      notices(stage)
        .slice(from)
        .find((one) => text.test(one)),
    );
  /** Resolves to the newest picture once it is another one than `before`. */
  const pictured = (before: Buffer | undefined) =>
    until(() => {
      const newest = telegram.chat().findLast(isPicture);
      return newest?.file && newest.file.bytes !== before ? newest : undefined;
    });

  telegram.operatorSends({ text: "show me" });
  await telegram.shown(({ text }) => text.includes("Title"));
  await settled(stage);
  await terminalRests(stage);
  // Code is coloured, and drawn, a little later.
  await terminalShows(stage, "⠿⣿ ▀▄█ ┌─┐");

  await t.test("/screen sends all of the terminal, every cell as tmux has it", async (t) => {
    telegram.operatorSends({ text: "/screen" });
    const { file, reply_markup: markup } = await pictured(undefined);
    t.same(pngSize(file?.bytes), { width: 1600, height: 950 });
    const labels = markup?.inline_keyboard.map((row) => row.map(({ text }) => text));
    t.same(labels, [
      ["←", "↑", "↓", "→"],
      ["Enter", "Esc", "Tab", "Ctrl-C", "⟳"],
    ]);
    const { grid, pane } = await cellsBeside(stage);
    t.match(pane.join("\n"), /日本語[^]*⚠️[^]*⠿⣿ ▀▄█ ┌─┐/, "it shows what the model said");
    t.same(grid.map(wordsOf), pane);
    t.ok(
      grid.every((row) => row.reduce((sum, { width }) => sum + width, 0) === 160),
      "no cell is missing",
    );
    const { SCREEN_PNG: kept } = process.env;
    if (kept !== undefined && file) writeFileSync(kept, file.bytes);
  });

  await t.test("a key is pressed, and the picture replaced", async (t) => {
    // A text is typed only once opencode has said that nothing waits, which takes its time on a busy machine.
    await until(async () => {
      const since = telegram.mark();
      telegram.operatorSends({ text: "/type hello" });
      await telegram.shown((one) => isPicture(one) || one.text.startsWith("Not typed"), { since });
      return (await stage.tmux("capture-pane", "-p", "-t", "=default_agent:")).includes("┃  hello")
        ? true
        : undefined;
    });
    const first = telegram.chat().find(isPicture);
    const typed = await pictured(first?.file?.bytes);
    await until(() => {
      const { inline_keyboard: keys = [] } = telegram.chat().find(isPicture)?.reply_markup ?? {};
      return keys.length === 0 ? true : undefined;
    });
    const from = notices(stage).length;
    await clearBox(stage, typed.message_id);
    const cleared = await pictured(typed.file?.bytes);
    if (
      notices(stage)
        .slice(from)
        .every((text) => text === "")
    ) {
      t.equal(cleared.message_id, typed.message_id, "in its place");
    }
    t.same(cleared.reply_markup, typed.reply_markup);
    press(cleared.message_id, "Ctrl-C");
    await telegram.shown(({ text }) => text.startsWith("Ctrl-C may end opencode"));
    await noticed(/^Please confirm/, from);
    const pane = await stage.tmux("display-message", "-p", "-t", "=default_agent:", "#{pane_dead}");
    t.equal(pane.trim(), "0");
  });

  await t.test("while a decision is open, no key makes it unasked", async (t) => {
    const isMade = () => existsSync(join(stage.env["WORKSPACE_DIR"] ?? "", "screen.txt"));
    telegram.operatorSends({ text: "make the screen" });
    await telegram.shown(({ text }) => text.includes("touch screen.txt"));
    await terminalShows(stage, "Allow once");
    telegram.operatorSends({ text: "/type y" });
    await telegram.shown(({ text }) => text.startsWith("Not typed: default_agent is waiting"));
    const { message_id: id, file } = telegram.chat().findLast(isPicture) ?? {};
    press(id ?? 0, "→");
    await pictured(file?.bytes);
    const asks = (choice: string) =>
      telegram.shown(({ text }) => text.endsWith(`choose “${choice}” now. Press it?`));
    press(id ?? 0, "Enter");
    const { message_id: question, text } = await asks("Allow always");
    t.match(text, /^default_agent is waiting for a decision:\n\ntouch screen\.txt\n\n/);
    press(id ?? 0, "←");
    press(question, "Press Enter");
    const { message_id: again } = await asks("Allow once");
    t.notOk(isMade(), "what was marked had changed since the question");
    press(again, "Press Enter");
    await telegram.shown((message) => message.text === "the screen is made");
    t.ok(isMade());
    await telegram.shown((message) => isPicture(message) && message.message_id > again);
    await settled(stage);
  });
}
