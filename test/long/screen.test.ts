import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "tap";
import { cellsBeside, clearBox, isPicture, notices, wordsOf } from "../support/screen.ts";
import { stackMissing, startStage, terminalRests, until } from "../support/stage.ts";

test(
  "keys in bursts, copy mode, and a terminal that starts anew",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { script: ({ prompt }) => ({ text: `said: ${prompt}` }) });
    const { telegram } = stage;
    const target = ["-t", "=default_agent:"];
    const screen = () => stage.tmux("capture-pane", "-p", ...target);
    const press = (button: string) => {
      const { message_id: messageId = 0 } = telegram.chat().findLast(isPicture) ?? {};
      return telegram.operatorPresses({ messageId, button });
    };
    const edits = () => telegram.calls.filter(({ method }) => method === "editMessageMedia");
    const noticed = (text: RegExp, from: number) =>
      until(() =>
        notices(stage)
          .slice(from)
          .find((one) => text.test(one)),
      );
    await terminalRests(stage);
    telegram.operatorSends({ text: "/screen" });
    await telegram.shown(isPicture);

    await t.test("fifty presses in three seconds are fifty keys, in order", async (t) => {
      const typed = "abcdefghij".repeat(5);
      // It is typed only once opencode has said that nothing waits, which takes its time on a busy machine.
      await until(async () => {
        const since = telegram.mark();
        telegram.operatorSends({ text: `/type ${typed}` });
        const answer = await telegram.shown(
          (one) => isPicture(one) || one.text.startsWith("Not typed"),
          { since },
        );
        return isPicture(answer) ? true : undefined;
      });
      await until(async () => ((await screen()).includes(typed) ? true : undefined));
      const cursor = async () =>
        Number(await stage.tmux("display-message", "-p", ...target, "#{cursor_x}"));
      await until(async () => ((await cursor()) > 50 ? true : undefined));
      const before = await cursor();
      await until(() => (telegram.chat().filter(isPicture).length === 2 ? true : undefined));
      const [from, made] = [notices(stage).length, edits().length];
      for (let left = 50; left > 0; left -= 1) {
        press("←");
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      await until(async () => ((await cursor()) === before - 50 ? true : undefined));
      await until(() => (notices(stage).length === from + 50 ? true : undefined));
      t.same(new Set(notices(stage).slice(from)), new Set([""]));
      await until(() => (edits().length > made ? true : undefined));
      t.ok(edits().length - made < 15, `${edits().length - made} pictures`);
      await clearBox(stage, telegram.chat().findLast(isPicture)?.message_id ?? 0);
    });

    await t.test("in copy mode no key gets through but Esc, which ends it", async (t) => {
      await stage.tmux("copy-mode", ...target);
      const from = notices(stage).length;
      press("↓");
      await noticed(/somebody is scrolling in the terminal/, from);
      telegram.operatorSends({ text: "/type x" });
      await telegram.shown(({ text }) => text.includes("somebody is scrolling in the terminal"));
      press("Esc");
      await until(async () => {
        const mode = await stage.tmux("display-message", "-p", ...target, "#{pane_in_mode}");
        return mode.trim() === "0" ? true : undefined;
      });
      await terminalRests(stage);
      t.notMatch(await screen(), /┃ {2}x/);
    });

    await t.test(
      "a terminal that was ended and started anew takes none of the older keys",
      async () => {
        const from = notices(stage).length;
        press("Ctrl-C");
        const asked = await telegram.shown(({ text }) =>
          text.startsWith("Ctrl-C may end opencode"),
        );
        telegram.operatorPresses({ messageId: asked.message_id, button: "Press Ctrl-C" });
        await until(async () => {
          const dead = await stage.tmux("display-message", "-p", ...target, "#{pane_dead}");
          return dead.trim() === "1" ? true : undefined;
        });
        await until(() => (telegram.chat().filter(isPicture).length === 3 ? true : undefined));
        press("↓");
        await noticed(/has ended/, from);
        telegram.operatorSends({ text: "go on" });
        await telegram.shown(({ text }) => text === "said: go on");
        press("Tab");
        await noticed(/has had a new terminal since this picture/, from);
        press("⟳");
        await noticed(/has had a new terminal since this picture/, from + 2);
      },
    );
  },
);

const samples = [
  "\u001b[1mbold\u001b[0m \u001b[2mdim\u001b[0m \u001b[3mitalic\u001b[0m \u001b[4munder\u001b[0m \u001b[9mstruck\u001b[0m \u001b[7mreverse\u001b[0m",
  "\u001b[38;5;200m256 \u001b[48;2;1;2;3mtrue\u001b[0m \u001b[44mto the end\u001b[K\u001b[0m",
  "┌─┬─┐ ╔═╦═╗ ╭─╮ ▀▄█▌▐░▒▓ ⠁⠃⠇⠏⠟⠿⡿⣿",
  "日本語 한국어 😀🎉🚀 e\u0301 שלום عربي",
  "\u001b(0lqqqk\u001b(B \u001b]0;title\u0007\u001b]8;;http://evil.example\u001b\\link\u001b]8;;\u001b\\ <&>",
  `a${"\u0301".repeat(3000)}b${"\u200b".repeat(3000)}c`,
];

test(
  "whatever a program prints, every cell is as tmux has it",
  { skip: stackMissing() },
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), "switchboard-cells-"));
    const socket = `cells-${process.pid}`;
    const tmux = async (...words: string[]) =>
      execFileSync("tmux", ["-u", "-L", socket, "-f", "/dev/null", ...words], {
        env: { ...process.env, LANG: "C.UTF-8" },
        encoding: "utf8",
      });
    t.teardown(async () => {
      await tmux("kill-server").catch(() => undefined);
      rmSync(dir, { recursive: true });
    });
    for (const [index, sample] of samples.entries()) {
      const file = join(dir, `${index}`);
      writeFileSync(file, `${sample}\nthe next line\n`);
      const name = `s${index}`;
      await tmux(
        "new-session",
        "-d",
        "-s",
        name,
        "-x",
        "80",
        "-y",
        "10",
        "sh",
        "-c",
        `cat ${file}; exec sleep 600`,
      );
      await until(async () =>
        (await tmux("capture-pane", "-p", "-t", `=${name}:`)).includes("the next line")
          ? true
          : undefined,
      );
      const { grid, pane } = await cellsBeside({ tmux }, `=${name}:`);
      t.same(
        grid.map((row) => wordsOf(row).trimEnd()),
        // Without colours tmux writes line drawing as the letters that stand for it.
        pane.map((line) => line.trimEnd().replace("lqqqk", "┌───┐")),
        JSON.stringify(sample.slice(0, 60)),
      );
    }
  },
);
