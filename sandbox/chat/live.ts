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
  // Of what is written the end is new.
  const ends = written.map((line) => `✎ ${fitted(line, columns - 2, -1)}`);
  return [...turns.map((line) => fitted(line, columns, 1)), ...ends];
}

/** The beginning (1) or the end (-1) of a line that takes fewer than so many columns. */
function fitted(line: string, columns: number, from: 1 | -1): string {
  const characters = Array.from(line.replaceAll(/\p{Cc}/gu, "\u{fffd}"));
  let shown = from === 1 ? characters.slice(0, columns) : characters.slice(-columns);
  while (stringWidth(shown.join("")) >= columns) {
    shown = from === 1 ? shown.slice(0, -1) : shown.slice(1);
  }
  return shown.join("");
}
