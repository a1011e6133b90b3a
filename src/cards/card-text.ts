import { codeBlock, type FormattedText, joined } from "../chat/formatted-text.ts";
import { codeWithHiddenShown, onOneLine, withHiddenShown } from "../chat/hidden.ts";
import { renderMarkdown } from "../chat/markdown/render.ts";
import { withoutTaps } from "../chat/markdown/taps.ts";
import type { PermissionRequest, QuestionInfo } from "../opencode/client.ts";
import { texts } from "../texts/texts.ts";
import type { Card, CardContext } from "./card.ts";
import { questionsOf } from "./card.ts";
import { changesAgents, writtenFiles } from "./loaded-files.ts";

/** What a card shows below its head, in visible characters alone. */
export interface CardContent {
  body: FormattedText;
  /** What a program reads, shown as it is. */
  isCode: boolean;
  /** What the card says about the body; empty for nothing. */
  footer: string;
}

/** Tools that write; a request of theirs to leave the workspace names the file as well. */
const writeTools = new Set(["edit", "write", "apply_patch", "patch", "multiedit"]);

/** Longest directory in a head (UTF-16 units); a longer one is in the body, too. */
const maxDirectoryLength = 200;
const maxNameLength = 100;

/** The first lines of every message of a card: what asks for what, where, and which part this is. */
export function headOf(card: Card, part: number, parts: number): string {
  const { number, agent } = card;
  const what = { number, part, parts, agent, wants: wantsOf(card), place: placeOf(card) };
  const head = texts.cards.head(what);
  return isAboutAgents(card) ? `${texts.cards.changesAgents}\n${head}` : head;
}

/** What a card shows of its request, or of the question it has come to. */
export function contentOf(card: Card): CardContent {
  if (card.asked.kind === "permission") return permissionContent(card.asked.request, card.context);
  const question = questionsOf(card)[card.chosen.length - 1];
  if (!question) return { body: joined(texts.cards.noQuestion), isCode: false, footer: "" };
  return questionContent(question, card.chosen.at(-1) ?? []);
}

/** All that a request asks, whatever the card has come to. */
export function contentsOf(card: Card): CardContent[] {
  if (card.asked.kind === "permission") return [contentOf(card)];
  return questionsOf(card).map((question) => questionContent(question, []));
}

/** How a card may be decided without its buttons. */
export function decideHint({ number, asked }: Card): string {
  return texts.cards.decide[asked.kind]({ number });
}

function isAboutAgents({ asked, context }: Card): boolean {
  if (asked.kind !== "permission") return false;
  const isWrite = asked.request.permission === "edit" || writeTools.has(context.tool ?? "");
  return isWrite && changesAgents(asked.request, context.directory);
}

function wantsOf({ asked }: Card): string {
  const { wants } = texts.cards;
  if (asked.kind === "question") return wants.answer;
  const { permission } = asked.request;
  if (permission === "bash") return wants.run;
  if (permission === "edit") return wants.edit;
  return wants.other({ permission: middleCut(inCode(permission), maxNameLength) });
}

function placeOf({ context: { directory } }: Card): string {
  if (directory === undefined) return texts.cards.unknownPlace;
  return middleCut(inCode(directory), maxDirectoryLength);
}

function permissionContent(request: PermissionRequest, context: CardContext): CardContent {
  const { permission, patterns, always } = request;
  const directory = inCode(context.directory ?? "");
  const lines = [
    ...(directory.length > maxDirectoryLength ? [texts.cards.directory({ directory })] : []),
    ...(permission === "bash"
      ? commandLines(request)
      : permission === "edit"
        ? editLines(request)
        : patterns.map(inCode)),
    ...inputLines(context, patterns),
  ];
  const allowed = always.includes("*")
    ? texts.cards.every({ permission: inCode(permission) })
    : always.map(inCode).join(", ");
  return {
    body: codeBlock(lines.join("\n") || inCode(permission)),
    isCode: true,
    footer: allowed === "" ? "" : texts.cards.always({ allowed }),
  };
}

function commandLines({ metadata, patterns }: PermissionRequest): string[] {
  const { command } = metadata;
  const isTold = typeof command === "string" && command !== "";
  return isTold ? [codeWithHiddenShown(command)] : patterns.map(inCode);
}

// opencode's diff names each file four times. No line of a file's own begins with "Index:".
const fileHead = /^Index: (.*)\n=+\n--- .*\n\+\+\+ .*\n/gm;

function editLines(request: PermissionRequest): string[] {
  const { diff } = request.metadata;
  const shown = typeof diff === "string" ? diff.replaceAll(fileHead, "$1\n").trimEnd() : "";
  const heads = writtenFiles(request).flatMap(({ path, movedTo, isDeleted }) => {
    const from = inCode(path);
    if (movedTo !== undefined) return [texts.cards.moved({ from, to: inCode(movedTo) })];
    if (isDeleted) return [texts.cards.deleted({ path: from })];
    return shown.includes(path) ? [] : [from];
  });
  return [...heads, ...(shown === "" ? [] : [codeWithHiddenShown(shown)])];
}

/** What a tool is given, one value a line; the lines of a value that has several are set in. */
function inputLines({ input = {} }: CardContext, patterns: string[]): string[] {
  return Object.entries(input).flatMap(([key, value]) => {
    if (patterns.includes(String(value))) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
    return [`${inCode(key)}: ${codeWithHiddenShown(text).replaceAll("\n", "\n  ")}`];
  });
}

function questionContent(question: QuestionInfo, chosen: string[]): CardContent {
  const options = question.options.map(({ label, description }, index) => {
    const mark = chosen.includes(label) ? "☑ " : "";
    const about = description ? `: ${onOneLine(description)}` : "";
    return `${index + 1}. ${mark}${onOneLine(label)}${about}`;
  });
  const asked = renderMarkdown(withHiddenShown(question.question));
  const choices = options.map((option) => `\n${option}`).join("");
  return {
    body: joined(asked, withoutTaps(joined(choices))),
    isCode: false,
    footer: question.multiple ? texts.cards.chooseAny : "",
  };
}

function inCode(text: string): string {
  return onOneLine(codeWithHiddenShown(text));
}

/** A text without its middle when it is longer than `limit`. */
function middleCut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = Math.floor(limit / 2);
  return `${text.slice(0, limit - end - 1)}…${text.slice(-end)}`.toWellFormed();
}
