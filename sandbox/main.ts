import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { TerminalChat } from "./chat/chat.ts";
import { script, scriptPermission, scriptWords } from "./chat/script.ts";
import { Stage } from "./stage.ts";

const chatWords = [
  ["/help", "the bot's own commands"],
  ["!1", "presses button 1 of the newest message that has buttons"],
  [
    "!photo <path>",
    "sends that picture; a caption may follow, a path with spaces stands in quotes",
  ],
  ["!file <path>", "sends that file"],
  ["!voice <path>", "sends that recording as a voice message"],
  ["!edit 1 <text>", "edits your newest message; 2 is the one before it"],
  ["!react 1 👍", "reacts to the bot's newest message; 2 is the one before it"],
  ["\\", "at the end of a line: the message goes on in the next line"],
  ["/quit", "ends everything; so do Ctrl-D and Ctrl-C"],
] as const;

/** Switchboard with no token and no Telegram: the terminal is the chat, a script is the model. */
async function main(): Promise<void> {
  const lacking = ["tmux", "curl"].filter((program) => isMissing(program));
  if (lacking.length > 0) {
    const names = lacking.join(" ");
    process.stderr.write(
      `The sandbox needs ${lacking.join(" and ")}. Install: sudo apt-get install ${names}` +
        ` (on macOS: brew install ${names}).\n`,
    );
    process.exitCode = 1;
    return;
  }

  const port = process.env["PORT"];
  if (port && (await isTaken(Number(port)))) {
    process.stderr.write(
      `PORT=${port} cannot be used: end the program that listens there, or set another port.\n`,
    );
    process.exitCode = 1;
    return;
  }

  // A terminal that is gone takes no words, which is no reason to end before the rest has ended.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.stdout.write("Starting opencode, tmux and Switchboard. This takes a few seconds.\n");
  const ports = port ? { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` } : {};
  const stage = await Stage.set({ script, permission: scriptPermission, env: ports });
  let isEnding = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      void stage.clear().finally(() => process.exit(1));
    });
  }
  try {
    await stage.start();
    process.stdout.write(help(stage));
    await new TerminalChat(stage).run();
  } catch (error) {
    if (!isEnding) process.stderr.write(`${problemOf(stage, error)}\n`);
    process.exitCode = 1;
  } finally {
    if (!isEnding) {
      isEnding = true;
      await stage.clear();
    }
  }
}

/** What Switchboard itself said before it ended, in one line, or else all that is known. */
function problemOf({ logLines }: Stage, error: unknown): string {
  const problems = logLines.filter((line) => line.startsWith("  - "));
  if (problems.length > 0) {
    return `Switchboard cannot start: ${problems.map((line) => line.slice(4)).join(" ")}`;
  }
  return error instanceof Error ? error.message : String(error);
}

async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return false;
  } catch {
    return true;
  } finally {
    server.close();
  }
}

function help(stage: Stage): string {
  const width = Math.max(...[...scriptWords, ...chatWords].map(([word]) => word.length)) + 2;
  const line = ([word, meaning]: readonly [string, string]) =>
    `  ${word.padEnd(width)}${meaning}\n`;
  return [
    "\nYou are the operator. The agent is the real opencode; a script stands in for the model.\n",
    ...scriptWords.map(line),
    "\n",
    ...chatWords.map(line),
    "\nThe agent's terminal, from another window (leave it with Ctrl-b d):\n",
    `  tmux -L ${stage.env["TMUX_SOCKET_NAME"]} attach -t default_agent\n\n`,
  ].join("");
}

function isMissing(program: string): boolean {
  return spawnSync(program, [program === "tmux" ? "-V" : "--version"]).error !== undefined;
}

await main();
