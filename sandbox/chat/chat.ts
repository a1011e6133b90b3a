import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";
import { styleText } from "node:util";
import stringWidth from "string-width";
import type { Stage } from "../stage.ts";
import type { ChatMessage } from "../telegram/chats.ts";
import { act } from "./acts.ts";
import { type Change, changes } from "./changes.ts";
import { isLive, liveLines } from "./live.ts";
import { LineReader, type Meant } from "./line.ts";
import { printed } from "./print.ts";
import { atRest } from "./rest.ts";
import type { Paint } from "./styled.ts";

const longestDraftLine = 80;
const restWithinMs = 120_000;

/** The operator's side of a stage, in this terminal or in a pipe. */
export class TerminalChat {
  #stage: Stage;
  #reader = new LineReader();
  #isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  #lines = createInterface({
    input: process.stdin,
    ...(this.#isTerminal && { output: process.stdout }),
  });
  #paint: Paint = process.stdout.isTTY ? styleText : (_style, text) => text;
  #shown: ChatMessage[] = [];
  #callsSeen = 0;
  /** Lines below the chat that say what goes on just now; in a terminal only. */
  #live: string[] = [];
  #draft = "";
  /** The folder of the pictures that the bot sent, once there is one. */
  #pictures: string | undefined;
  #picturesSaved = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /**
   * Talks until the human ends it. In a pipe a line waits for all that the line before it set
   * going, so that a script reads as a dialogue and its end comes after the last answer.
   * @throws when that takes over two minutes.
   */
  async run(): Promise<void> {
    const end = this.#stage.telegram.watch(() => this.#look());
    this.#lines.on("SIGINT", () => this.#lines.close());
    this.#look();
    try {
      await (this.#isTerminal ? this.#talk() : this.#readAll());
    } finally {
      end();
      this.#lines.close();
    }
  }

  async #talk(): Promise<void> {
    this.#prompt();
    this.#lines.on("line", (line) => {
      this.#keepLine(line);
      const meant = this.#reader.read(line);
      if (meant?.kind === "quit") return this.#lines.close();
      if (meant) this.#act(meant);
      this.#prompt();
    });
    await once(this.#lines, "close");
    process.stdout.write("\n");
  }

  async #readAll(): Promise<void> {
    for await (const line of this.#lines) {
      const meant = this.#reader.read(line);
      this.#print(`${this.#paint("bold", "you")}  ${line}`);
      if (meant?.kind === "quit") return;
      const updateId = meant && this.#act(meant);
      if (updateId === undefined) continue;
      await this.#stage.telegram.acknowledged(updateId);
      await atRest(this.#stage, AbortSignal.timeout(restWithinMs));
    }
  }

  /** Does what was meant; the id of the update it made, if it made one. */
  #act(meant: Meant): number | undefined {
    const done = act(this.#stage.telegram, meant);
    if (done && "problem" in done) this.#print(done.problem);
    return done && "updateId" in done ? done.updateId : undefined;
  }

  #look(): void {
    const { telegram } = this.#stage;
    const now = telegram.chat();
    for (const change of changes(this.#shown, now)) {
      const isBelow = this.#isTerminal && change.kind === "edited" && isLive(change.message);
      if (!isBelow) this.#print(printed(change, this.#paint, this.#saved(change)));
    }
    this.#shown = now;
    this.#lookLive(now);
    for (const { method, payload } of telegram.calls.slice(this.#callsSeen)) {
      const { text } = payload;
      if (method !== "answerCallbackQuery" || typeof text !== "string" || text === "") continue;
      this.#print(this.#paint("dim", `(${text})`));
    }
    this.#callsSeen = telegram.calls.length;
  }

  /** Keeps a picture that the bot sent, beyond the end of the sandbox; where it is. */
  #saved(change: Change): string | undefined {
    if (change.kind !== "sent" && change.kind !== "edited") return undefined;
    const { file } = change.message;
    if (!file?.name.endsWith(".png")) return undefined;
    this.#pictures ??= mkdtempSync(join(tmpdir(), "switchboard-pictures-"));
    this.#picturesSaved += 1;
    const path = join(this.#pictures, `${this.#picturesSaved}.png`);
    writeFileSync(path, file.bytes, { mode: 0o600 });
    return path;
  }

  /** Shows what goes on: below the chat in a terminal, else a line for each time that a draft has grown. */
  #lookLive(now: readonly ChatMessage[]): void {
    const drafts = this.#stage.telegram.drafts();
    if (this.#isTerminal) {
      const lines = liveLines(now, drafts, process.stdout.columns);
      if (lines.join("\n") !== this.#live.join("\n")) this.#redraw("", lines);
      return;
    }
    const [line = ""] = liveLines([], drafts, longestDraftLine).slice(-1);
    if (line !== "" && line !== this.#draft) this.#print(this.#paint("dim", `(${line})`));
    this.#draft = line;
  }

  /** Prints above the line that is being typed. */
  #print(text: string): void {
    if (this.#isTerminal) this.#redraw(`${text}\n`, this.#live);
    else process.stdout.write(`${text}\n`);
  }

  #redraw(text: string, live: string[]): void {
    moveCursor(process.stdout, 0, -this.#lines.getCursorPos().rows - this.#live.length);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    this.#live = live;
    process.stdout.write(text + live.map((line) => `${this.#paint("dim", line)}\n`).join(""));
    this.#prompt();
  }

  /** What was typed becomes part of the chat: it takes the place of the lines above it that change. */
  #keepLine(line: string): void {
    if (this.#live.length === 0) return;
    const typed = `${this.#lines.getPrompt()}${line}`;
    const rows = Math.floor(stringWidth(typed) / process.stdout.columns) + 1;
    moveCursor(process.stdout, 0, -rows - this.#live.length);
    clearScreenDown(process.stdout);
    this.#live = [];
    process.stdout.write(`${typed}\n`);
  }

  #prompt(): void {
    this.#lines.setPrompt(this.#reader.isBegun ? "…  " : "you  ");
    this.#lines.prompt(true);
  }
}
