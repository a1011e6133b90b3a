import type { SessionMessage } from "./client.ts";

/** The words of a message that are meant to be read: its text parts, without synthetic ones. */
export function textOf(message: SessionMessage): string {
  return message.parts
    .flatMap((part) => (part.type === "text" && !part.synthetic && !part.ignored ? part.text : []))
    .join("\n\n")
    .trim();
}
