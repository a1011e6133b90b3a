import stringWidth from "string-width";
import type { ChatMessage, Draft } from "../telegram/chats.ts";
import { buttonTexts } from "./changes.ts";

const mostLines = 4;

/** Whether a message shows a turn that runs, so that it is edited again and again. */
export function isLive(message: ChatMessage): boolean {
  return message.from === "bot" && buttonTexts(message).includes("Stop");
}

/** What is shown below the chat while it changes: the turns that run, and the ends of the drafts. */
export function liveLines(
  chat: readonly ChatMessage[],
  drafts: readonly Draft[],
  columns: number,
): string[] {
  const turns = chat.filter(isLive).flatMap(({ text }) => text.split("\n").slice(0, mostLines));
  const written = drafts.flatMap(({ text }) => text.trimEnd().split("\n").slice(-mostLines));
  return [...turns, ...written.map((line) => `✎ ${line}`)].map((line) => fitted(line, columns));
}

/** The beginning of a line that takes at most so many columns. */
function fitted(line: string, columns: number): string {
  let shown = line.replaceAll(/\p{Cc}/gu, "\u{fffd}").slice(0, columns);
  while (stringWidth(shown) >= columns) shown = shown.slice(0, -1).toWellFormed();
  return shown;
}
