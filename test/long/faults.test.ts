import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import type { Stage } from "../../sandbox/stage.ts";
import {
  begun,
  botTexts,
  killOpencode,
  paths,
  sending,
  sent,
  settled,
  shell,
  stackMissing,
  startStage,
  terminalReady,
  until,
} from "../support/stage.ts";

/** The command line of every process of this machine, as `ps` shows it. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

const pane = "=default_agent:";

async function panePid(stage: Stage): Promise<number> {
  return Number(await stage.tmux("display-message", "-p", "-t", pane, "#{pane_pid}"));
}

test(
  "faults around a prompt, on the real opencode and tmux",
  { skip: stackMissing() },
  async (t) => {
    const password = "a-password-nobody-guesses";
    const stage = await startStage(t, { env: { OPENCODE_SERVER_PASSWORD: password } });
    const { telegram, model } = stage;
    model.script = (request) => ({ text: `heard: ${request.prompt}` });

    /** Sends a prompt and resolves once it was answered; it must have begun exactly one turn. */
    async function arrivesOnce(t: Test, text: string): Promise<void> {
      telegram.operatorSends({ text });
      await telegram.shown((message) => message.text === `heard: ${text}`);
      await settled(stage);
      t.equal(begun(stage, text), 1, "one turn was begun");
      t.equal(botTexts(stage).filter((shown) => shown === `heard: ${text}`).length, 1);
    }

    await t.test(
      "a TUI that was killed: the prompt arrives once, and the terminal is back",
      async (t) => {
        process.kill(await panePid(stage), "SIGKILL");
        await until(async () => {
          const dead = await stage.tmux("display-message", "-p", "-t", pane, "#{pane_dead}");
          return dead.startsWith("1") ? true : undefined;
        });
        await arrivesOnce(t, "after the kill");
        t.equal(paths(stage).at(-1), "api");
        await terminalReady(stage);
      },
    );

    await t.test(
      "a tmux session that is gone: the prompt arrives once, and the terminal is back",
      async (t) => {
        await stage.tmux("kill-session", "-t", "=default_agent");
        await arrivesOnce(t, "after the session was closed");
        await terminalReady(stage);
      },
    );

    await t.test("a TUI that is still starting: the prompt arrives once", async (t) => {
      process.kill(await panePid(stage), "SIGKILL");
      await arrivesOnce(t, "restart it");
      await arrivesOnce(t, "while it starts");
      t.equal(paths(stage).at(-1), "api");
      await terminalReady(stage);
    });

    await t.test(
      "a pane in copy mode: the prompt arrives once, and the mode is left alone",
      async (t) => {
        await stage.tmux("copy-mode", "-t", pane);
        await arrivesOnce(t, "in copy mode");
        t.equal(paths(stage).at(-1), "api");
        await stage.tmux("copy-mode", "-q", "-t", pane);
      },
    );

    await t.test(
      "a box that holds somebody's text: the prompt arrives once, the text stays",
      async (t) => {
        await stage.tmux("send-keys", "-t", pane, "-l", "half a thought");
        const shows = async () =>
          (await stage.tmux("capture-pane", "-p", "-t", pane)).includes("half a thought");
        await until(async () => ((await shows()) ? true : undefined));
        await arrivesOnce(t, "while the box is in use");
        t.equal(paths(stage).at(-1), "api");
        t.ok(await shows());
        await stage.tmux("send-keys", "-t", pane, "C-c");
        await until(async () => ((await shows()) ? undefined : true));
      },
    );

    await t.test("with the terminal free again, prompts are typed again", async (t) => {
      await arrivesOnce(t, "typed again");
      t.equal(paths(stage).at(-1), "tmux");
    });

    await t.test(
      "texts that mean something to the TUI go by the api path, as they are",
      async (t) => {
        for (const text of ["!ls -la", "look at @README.md", "  /compact is a command"]) {
          const prompt = text.trim().startsWith("/") ? `>${text}` : text;
          await arrivesOnce(t, prompt);
        }
        t.notOk(
          botTexts(stage).some((text) => text.includes("total ")),
          "no shell command was run",
        );
      },
    );

    await t.test("all is ended by hand, as docs/agents.md tells: it starts anew", async (t) => {
      const document = readFileSync(join(import.meta.dirname, "../../docs/agents.md"), "utf8");
      const words = /^tmux -L switchboard (kill-server)$/m.exec(document)?.[1] ?? "";
      await stage.tmux(words);
      await arrivesOnce(t, "after all was ended by hand");
      await terminalReady(stage);
    });

    await t.test("opencode restarts: the prompt arrives exactly once", async (t) => {
      await killOpencode(stage);
      const since = telegram.mark();
      telegram.operatorSends({ text: "/status" });
      await telegram.shown(({ text }) => /not responding|not known|idle|starting/.test(text), {
        since,
      });
      await arrivesOnce(t, "across a restart of opencode");
    });

    await t.test(
      "opencode dies in the middle of a turn: the operator is told, and it goes on",
      async (t) => {
        let release = () => {};
        const held = new Promise<void>((resolve) => (release = resolve));
        model.script = (request) =>
          request.prompt === "a long turn"
            ? { text: "never", hold: held }
            : { text: `heard: ${request.prompt}` };
        telegram.operatorSends({ text: "a long turn" });
        await model.seen(({ prompt }) => prompt === "a long turn");
        const server = Number(
          await stage.tmux("display-message", "-p", "-t", "=opencode-server:", "#{pane_pid}"),
        );
        process.kill(server, "SIGKILL");
        await telegram.shown((message) => message.text.includes("in the middle of this turn"));
        release();
        await arrivesOnce(t, "go on then");
        t.equal(begun(stage, "a long turn"), 1, "the cut off turn is not begun a second time");
      },
    );

    await t.test(
      "kill -9 of the bridge in mid-turn: the agent works on, nothing is lost or doubled",
      async (t) => {
        let release = () => {};
        const held = new Promise<void>((resolve) => (release = resolve));
        model.script = (request) => {
          if (request.prompt !== "work on it") return { text: `heard: ${request.prompt}` };
          const answer = shell(sending("done with the work"))(request);
          return request.toolResults.length === 0 ? { ...answer, hold: held } : answer;
        };
        telegram.operatorSends({ text: "work on it" });
        telegram.operatorSends({ text: "and then this" });
        await model.seen(({ prompt }) => prompt === "work on it");
        await sent(stage);
        await stage.stop("SIGKILL");
        release();
        telegram.operatorSends({ text: "written while it was down" });
        await until(async () => {
          const statuses = await stage.opencode(
            `/session/status?directory=${stage.env["WORKSPACE_DIR"]}`,
          );
          return JSON.stringify(await statuses.json()).includes("busy") ? true : undefined;
        });
        await stage.start();
        await telegram.shown((message) => message.text === "heard: written while it was down");
        await settled(stage);
        const texts = botTexts(stage);
        t.equal(texts.filter((text) => text === "done with the work").length, 1);
        t.equal(texts.filter((text) => text === "heard: and then this").length, 1);
        t.equal(begun(stage, "work on it"), 1);
        t.equal(begun(stage, "and then this"), 1);
        t.equal(begun(stage, "written while it was down"), 1);
      },
    );

    await t.test(
      "Telegram out of reach: replies wait and arrive in order when it is back",
      async (t) => {
        model.script = (request) => ({ text: `heard: ${request.prompt}` });
        telegram.operatorSends({ text: "before the outage" });
        await model.seen(({ prompt }) => prompt === "before the outage");
        await telegram.unreachable(true);
        for (const text of ["reply one", "reply two"]) {
          const response = await stage.local("/reply", { method: "POST", body: text });
          t.equal(response.status, 202);
        }
        await telegram.unreachable(false);
        await telegram.shown((message) => message.text === "From a program: reply two");
        const replies = botTexts(stage).filter((text) => text.includes("reply "));
        t.same(replies, ["From a program: reply one", "From a program: reply two"]);
      },
    );

    await t.test("no secret is in a log line, a process list or tmux", async (t) => {
      const token = stage.env["TELEGRAM_BOT_TOKEN"] ?? "";
      for (const secret of [token, password]) {
        t.notOk(stage.logLines.some((line) => line.includes(secret)));
        t.same(
          commandLines().filter((line) => line.includes(secret)),
          [],
        );
        t.notOk((await stage.tmux("show-environment", "-g")).includes(secret));
      }
      model.script = shell("env");
      telegram.operatorSends({ text: "show the environment" });
      const seen = await model.seen(
        ({ prompt, toolResults }) => prompt === "show the environment" && toolResults.length > 0,
      );
      t.notOk(seen.toolResults.join().includes(password));
      t.notOk(seen.toolResults.join().includes(token));
      await settled(stage);
    });
  },
);
