import type { SessionInfo, SessionMessage } from "./client.ts";
import { toolInWords, toolsIn } from "./last-tool.ts";
import { texts } from "../texts/texts.ts";
import { textOf } from "./message-text.ts";

const longestTool = 200;

/**
 * What was said in a session, as Markdown: the words of the operator and of the agent with their time,
 * and each tool call in one line. What opencode wrote by itself is left out; where it summed up what went
 * before, a line says so. `messages` are those that are not undone, oldest first.
 */
export function transcriptOf(messages: SessionMessage[]): string {
  return `${sectionsOf(messages).join("\n\n")}\n`;
}

/**
 * The same in pages of at most `longest` characters, oldest first, cut between messages where that is
 * possible and else between lines; none when nothing was said.
 */
export function transcriptPages(messages: SessionMessage[], longest: number): string[] {
  const pages: string[] = [];
  let page = "";
  for (const section of sectionsOf(messages)) {
    const isFull = page !== "" && page.length + section.length + 2 > longest;
    if (isFull) pages.push(page);
    const pieces = cut(page === "" || isFull ? section : `${page}\n\n${section}`, longest);
    page = pieces.pop() ?? "";
    pages.push(...pieces);
  }
  return page === "" ? pages : [...pages, page];
}

/**
 * A session as JSON with all its messages, which come as JSON, in the form `opencode export` of 1.18 prints. It is in
 * pieces, since the files in it may be large.
 */
export async function* exportOf(
  session: SessionInfo,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`{"info":${JSON.stringify(session)},"messages":`);
  yield* messages;
  yield Buffer.from("}\n");
}

function sectionsOf(messages: SessionMessage[]): string[] {
  const sections: { by: string; text: string }[] = [];
  for (const message of messages) {
    const text = wordsOf(message);
    if (text === "") continue;
    const by = message.info.role === "user" ? "Operator" : "Agent";
    const last = sections.at(-1);
    // The steps of a turn are one answer.
    if (by === "Agent" && last?.by === by) last.text += `\n\n${text}`;
    else sections.push({ by, text: `## ${by}, ${timeOf(message)}\n\n${text}` });
  }
  return sections.map(({ text }) => text);
}

function wordsOf(message: SessionMessage): string {
  const { info } = message;
  if (info.role === "user") return textOf(message);
  if (info.summary) return `*${texts.sessions.summedUp}*`;
  const lines = message.parts.flatMap((part) => {
    if (part.type === "text") return textOf({ info, parts: [part] });
    return toolsIn({ info, parts: [part] }).map((use) => {
      const line = toolInWords(use).replaceAll("`", "'").slice(0, longestTool);
      return `- \`${line}\`${use.state === "error" ? " (failed)" : ""}`;
    });
  });
  const failed = info.error ? [`*${texts.sessions.turnFailed({ error: info.error.name })}*`] : [];
  return joined([...lines.filter((line) => line !== ""), ...failed]);
}

/** Tool calls stand under each other, all else in paragraphs. */
function joined(lines: string[]): string {
  return lines.reduce((text, line) => {
    const isList = line.startsWith("- `") && /(^|\n)- `[^\n]*$/.test(text);
    return text === "" ? line : `${text}${isList ? "\n" : "\n\n"}${line}`;
  }, "");
}

function timeOf({ info }: SessionMessage): string {
  return new Date(info.time.created).toISOString().replace("T", " ").slice(0, 16).concat(" UTC");
}

/** The text in pieces that are not longer than `longest`. */
function cut(text: string, longest: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > longest) {
    const line = rest.lastIndexOf("\n", longest);
    let at = line > longest / 2 ? line : longest;
    // Not between the halves of a character.
    if (/[\uDC00-\uDFFF]/.test(rest.charAt(at)) && at > 1) at -= 1;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^\n+/, "");
  }
  return [...pieces, rest];
}
