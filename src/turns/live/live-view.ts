import type { MessageEntity } from "grammy/types";
import { type FormattedText, shortened } from "../../chat/formatted-text.ts";
import { onOneLine, withHiddenShown } from "../../chat/hidden.ts";
import { withoutTaps } from "../../chat/markdown/taps.ts";
import { type ToolUse, toolInWords } from "../../opencode/last-tool.ts";
import { todoMark } from "../../opencode/todo-mark.ts";
import { texts } from "../../texts/texts.ts";
import { endOf, growingText } from "./growing-text.ts";
import { type Retry, textOf, thinkingOf, type TurnProgress } from "./turn-progress.ts";

/** How much is shown of a turn while it runs. */
export type Verbosity =
  /** Only answers and cards. */
  | "quiet"
  /** The live message. */
  | "normal"
  /** The live message with each tool that has finished, and what the model thinks. */
  | "verbose";

/** What the view of a turn is made of, besides its progress. */
export interface ViewOptions {
  agent: string;
  verbosity: Verbosity;
  /** Milliseconds since the epoch. */
  now: number;
  /** An operator wants the turn to end. */
  isStopping: boolean;
  /** The growing text is part of it; else it is shown elsewhere, as a draft. */
  withText: boolean;
  /** Tokens; undefined where opencode does not know the limit of the model. */
  contextLimit: number | undefined;
}

// All of these at their longest leave some hundred of Telegram's 4096 for the text.
const longestLine = 120;
const longestName = 40;
const longestTodo = 80;
const mostTodos = 10;
const mostFinished = 10;
const mostLines = 3;
const longestThinking = 500;
const mostInThinking = 20;
const longestText = 2500;
const longestMessage = 4000;

// What is said of a model that is asked again; opencode's own message may hold a key or a path.
const retryReasons: [RegExp, string][] = [
  [/overload/i, texts.live.overloaded],
  [/rate|too many/i, texts.live.rateLimited],
];

// What Telegram may make a command, a name, a tag, a number or a link of.
const tappable = /[/@#$]|[^\s.]\.[^\s.]|\d{7}/;

/** The live message of a turn that runs. */
export function liveView(progress: TurnProgress, options: ViewOptions): FormattedText {
  const { agent, verbosity, now, withText, contextLimit } = options;
  const lines = new Lines();
  const isVerbose = verbosity === "verbose";
  const age = elapsed(now - progress.startedAt);
  const state = options.isStopping ? texts.live.states.stopping : stateOf(progress, now);
  lines.add(texts.live.head({ agent, state, age }));
  if (isVerbose) {
    // The list itself stands below.
    const finished = progress.finished.filter(({ tool }) => tool !== "todowrite");
    for (const tool of finished.slice(-mostFinished)) {
      lines.add(`${tool.state === "error" ? "✗" : "✓"} `, toolLine(tool));
    }
  }
  for (const tool of [...progress.running.values()].slice(-mostLines)) {
    lines.add("▸ ", toolLine(tool));
  }
  for (const { name, tool } of [...progress.subagents.values()].slice(-mostLines)) {
    lines.words("↳ ", shortened(onOneLine(name), longestName));
    if (tool) lines.more(": ", toolLine(tool));
  }
  addTodos(lines, progress);
  if (progress.contextUsed !== undefined)
    lines.add(contextLine(progress.contextUsed, contextLimit));
  const thinking = isVerbose ? thinkingOf(progress) : "";
  if (thinking !== "") {
    lines.quote(endOfThinking(thinking));
  }
  const text = withText ? textOf(progress) : "";
  if (text !== "") {
    lines.append(growingText(text, Math.min(longestText, longestMessage - lines.length)));
  }
  return lines.done();
}

/** A time in words, as `5 s`, `1 min 12 s` or `2 h 3 min`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return texts.live.hours({ hours, minutes: minutes % 60 });
  return minutes > 0
    ? texts.live.minutes({ minutes, seconds: seconds % 60 })
    : texts.live.seconds({ seconds });
}

function stateOf(progress: TurnProgress, now: number): string {
  const words = texts.live.states;
  if (progress.decisions.size > 0) return words.asks;
  if (progress.retry) return retryLine(progress.retry, now);
  if (progress.subagents.size > 0) return words.delegates;
  if (progress.running.size > 0) return words.tool;
  if (progress.growing === undefined) return words.waiting;
  return progress.growing === "text" ? words.writing : words.thinking;
}

function retryLine({ message, nextAt }: Retry, now: number): string {
  const [, reason = texts.live.unreachable] =
    retryReasons.find(([pattern]) => pattern.test(message)) ?? [];
  return texts.live.retry({ reason, wait: elapsed(nextAt - now) });
}

function toolLine(tool: ToolUse): string {
  return shortened(onOneLine(toolInWords(tool)), longestLine);
}

/** The end of what the model thinks; it is no Markdown, and as long as the model likes. */
function endOfThinking(thinking: string): FormattedText {
  const end = thinking.slice(-2 * longestThinking).toWellFormed();
  const text = withoutTaps({ text: withHiddenShown(end), entities: [] });
  return endOf(text, longestThinking, mostInThinking);
}

/** The list where it is short, else what is open and the newest of what is done. */
function addTodos(lines: Lines, { todos }: TurnProgress): void {
  const firstOpen = Math.max(0, todos.findIndex(({ status }) => status === "in_progress") - 3);
  const from = todos.length <= mostTodos ? 0 : Math.min(firstOpen, todos.length - mostTodos);
  const shown = todos.slice(from, from + mostTodos);
  for (const { content, status } of shown) {
    lines.words(`${todoMark(status)} `, shortened(onOneLine(content), longestTodo));
  }
  const left = todos.length - shown.length;
  if (left > 0) lines.add(texts.changes.andMore({ count: left }));
}

function contextLine(used: number, limit: number | undefined): string {
  const count = used.toLocaleString("en-US");
  if (limit === undefined) return texts.live.context({ used: count });
  const percent = Math.round((100 * used) / limit);
  return texts.live.contextOf({ used: count, limit: limit.toLocaleString("en-US"), percent });
}

/** Lines of a message, some of them formatted. */
class Lines {
  #text = "";
  #entities: MessageEntity[] = [];

  /** Adds a line. What an agent wrote stands in it as code: Telegram makes a path something to tap. */
  add(plain: string, code = ""): void {
    if (this.#text !== "") this.#text += "\n";
    this.more(plain, code);
  }

  /** Goes on with the line. */
  more(plain: string, code: string): void {
    this.#text += plain;
    if (code !== "") this.#put({ text: code, entities: [] }, "code");
  }

  /** Adds a line with words of an agent, as code only if something in them could be tapped. */
  words(mark: string, words: string): void {
    if (tappable.test(words)) this.add(mark, words);
    else this.add(`${mark}${words}`);
  }

  /** Adds lines as a quote that expands. */
  quote(text: FormattedText): void {
    this.add("");
    this.#put(text, "expandable_blockquote");
  }

  /** Adds a text after an empty line. */
  append(text: FormattedText): void {
    this.#text += "\n\n";
    this.#put(text);
  }

  #put({ text, entities }: FormattedText, around?: "code" | "expandable_blockquote"): void {
    const start = this.#text.length;
    if (around) this.#entities.push({ type: around, offset: start, length: text.length });
    for (const entity of entities) {
      this.#entities.push({ ...entity, offset: entity.offset + start });
    }
    this.#text += text;
  }

  /** UTF-16 units so far. */
  get length(): number {
    return this.#text.length;
  }

  done(): FormattedText {
    return { text: this.#text, entities: this.#entities };
  }
}
