import type { Message } from "grammy/types";

/** The prompt a message makes: its text; a forwarded one is quoted, so that its author gives no orders. */
export function promptText(message: Message & { text: string }): string {
  if (!message.forward_origin) return message.text;
  const quoted = message.text.split("\n").map((line) => `> ${line}`);
  return ["Forwarded message:", ...quoted].join("\n");
}

/** A command at the start of a message that its author wrote. */
export interface WrittenCommand {
  name: string;
  /** The bot it is addressed to, without `@`; undefined for any bot. */
  bot: string | undefined;
  argument: string;
}

/**
 * The command a message is, if it is one; a forwarded message never is. Telegram's commands have 1 to
 * 32 letters, digits and underscores: `/etc/hosts is wrong` is none.
 */
export function writtenCommand(message: Message & { text: string }): WrittenCommand | undefined {
  if (message.forward_origin) return undefined;
  const match = /^\/(\w{1,32})(?:@(\w{5,32}))?(?:\s+([\s\S]*))?$/.exec(message.text);
  if (!match) return undefined;
  const [, name = "", bot, argument = ""] = match;
  return { name: name.toLowerCase(), bot, argument: argument.trim() };
}
