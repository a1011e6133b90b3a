import { Api } from "grammy/web";
import type { Message } from "grammy/types";
import { clientOptions } from "../../src/telegram/api.ts";
import { telegramFault } from "../../src/telegram/fault.ts";
import type { Bot } from "./bot.ts";
import { conflictOf, dropRepeats, newCode, waitForStart } from "./chat-code.ts";
import type { Flags } from "./flags.ts";
import { printable } from "./printable.ts";
import { type Prompts, SetupError } from "./prompts.ts";

/** Who may give orders, as `.env` writes it. */
export interface Operators {
  chats: string;
  users: string | undefined;
}

/** What finding the operator's chat needs. */
export interface ChatOptions {
  prompts: Prompts;
  flags: Pick<Flags, "chat" | "user">;
  bot: Bot;
  apiRoot: string;
  /** What `.env` holds. */
  before: Partial<Operators>;
  /** The address of the Switchboard of before. */
  publicUrl?: string | undefined;
  /** For tests; else random. */
  makeCode?: () => string;
}

const groupNeedsUser = "A group is among the chats, so name who may give orders in it with --user.";

/**
 * The chats and users that may give orders: the flags', those of `.env` if they are to be kept, else the
 * chat that sends the code. @throws SetupError where that cannot be.
 */
export async function askForChat(options: ChatOptions): Promise<Operators> {
  const { flags, before, prompts } = options;
  if (flags.chat !== undefined) {
    return withUsers({ chats: flags.chat, users: flags.user ?? (before.users || undefined) });
  }
  if (flags.user !== undefined && before.chats) return { chats: before.chats, users: flags.user };
  if (before.chats) {
    const kept = await keptOrNot(prompts, before.chats);
    if (kept === "keep")
      return withUsers({ chats: before.chats, users: before.users || undefined });
    const found = await findChat(options);
    return kept === "add" ? joined({ ...before, chats: before.chats }, found) : found;
  }
  if (!prompts.isInteractive) {
    throw new SetupError("There is no terminal to confirm your chat: give its id with --chat.");
  }
  return findChat(options);
}

function keptOrNot(prompts: Prompts, chats: string) {
  return prompts.choose({
    flag: "--chat",
    message: "Which chats may give orders?",
    initial: "keep",
    options: [
      { value: "keep", label: `As it is (${chats})` },
      { value: "add", label: "Another one too" },
      { value: "replace", label: "Another one instead" },
    ],
  });
}

function withUsers(operators: Operators): Operators {
  const hasGroup = /(^|,)\s*-/.test(operators.chats);
  if (hasGroup && operators.users === undefined) throw new SetupError(groupNeedsUser);
  return operators;
}

function joined(before: Partial<Operators> & { chats: string }, found: Operators): Operators {
  const both = (old: string | undefined, added: string | undefined) =>
    [...new Set([old, added].flatMap((csv) => csv?.split(",") ?? []).map((id) => id.trim()))]
      .filter((id) => id !== "")
      .join(",");
  return {
    chats: both(before.chats, found.chats),
    users: both(before.users, found.users) || undefined,
  };
}

/** Waits for `/start CODE` until the person confirms the chat that sent it. */
async function findChat(options: ChatOptions): Promise<Operators> {
  const { prompts, bot, makeCode = newCode } = options;
  await openWay(options);
  for (;;) {
    const code = makeCode();
    const message = await startMessage(options, code);
    if (!message) continue;
    const { from, chat } = message;
    if (!from || from.is_bot || message.sender_chat) {
      prompts.warn(
        "That message was anonymous. Turn off “Remain anonymous” in your admin rights there, then send the new code.",
      );
      continue;
    }
    const person = `${named(from)}, id ${from.id}`;
    const isGroup = chat.type !== "private";
    const question = isGroup
      ? `Take orders from ${person}, in the group “${printable(chat.title)}”, id ${chat.id}?`
      : `Take orders from ${person}?`;
    if (!(await asked(prompts, question))) continue;
    await answerStart(bot, chat.id, code);
    if (isGroup && !bot.account.can_read_all_group_messages) prompts.warn(privacyHint);
    // The user of a private chat has the chat's id.
    return { chats: `${chat.id}`, users: isGroup ? `${from.id}` : undefined };
  }
}

const privacyHint =
  "In a group the bot sees only commands. To change that, send /setprivacy to @BotFather and choose Disable, then remove the bot from the group and add it again.";

function named({ first_name, last_name, username }: NonNullable<Message["from"]>): string {
  const name = printable([first_name, last_name].filter((part) => part !== undefined).join(" "));
  return username === undefined ? name : `${name} (@${printable(username)})`;
}

/**
 * Says in the chat that it is known. Whoever sees nothing there presses Start again, and Switchboard would take
 * that for a command later, so what came meanwhile is dropped. A failure changes nothing.
 */
async function answerStart({ api, account }: Bot, chatId: number, code: string): Promise<void> {
  try {
    await dropRepeats({ api, code, botName: account.username });
    await api.sendMessage(chatId, "This chat is connected. Continue in the terminal.");
  } catch {
    // The answers in the terminal are what counts.
  }
}

/** Undefined when updates went elsewhere meanwhile and that was solved. */
async function startMessage(options: ChatOptions, code: string): Promise<Message | undefined> {
  const { prompts, bot, apiRoot } = options;
  const name = bot.account.username;
  prompts.note(
    [
      "Open this on your phone and press Start:",
      `https://t.me/${name}?start=${code}`,
      `Or write to the bot:  /start ${code}`,
      "Or, in a group that the bot is in:",
      `/start@${name} ${code}`,
    ].join("\n"),
    "Which chat is yours?",
  );
  // Longer than a poll that waits for updates.
  const api = new Api(bot.token, clientOptions({ token: bot.token, apiRoot, timeoutSeconds: 40 }));
  try {
    return await prompts.wait("Waiting for that message … (Ctrl-C ends setup)", (signal) =>
      waitForStart({ api, code, botName: name, signal }),
    );
  } catch (error) {
    const conflict = conflictOf(error);
    if (conflict === undefined) throw faultOf(error);
    if (conflict === "webhook") await openWay(options);
    else await otherProgramStopped(prompts);
    return undefined;
  }
}

async function otherProgramStopped(prompts: Prompts): Promise<void> {
  prompts.warn(
    "Another program fetches this bot's updates, such as `npm run pull` or an older bot. Stop it first.",
  );
  const isStopped = await asked(prompts, "Have you stopped it?");
  if (!isStopped)
    throw new SetupError("Nothing was changed; stop it, or name your chat with --chat.");
}

/** Updates can be fetched only while they are sent nowhere, and some may be waiting already. */
async function openWay({ prompts, bot, before, publicUrl }: ChatOptions): Promise<void> {
  try {
    const info = await prompts.wait("Checking where the bot's updates go …", () =>
      bot.api.getWebhookInfo(),
    );
    const { url, pending_update_count: waiting } = info;
    if (url)
      await replaceWebhook(prompts, bot, url, !!publicUrl && url.startsWith(`${publicUrl}/`));
    if (before.chats && waiting > 0) await dropWaiting(prompts, waiting);
  } catch (error) {
    throw faultOf(error);
  }
}

async function replaceWebhook(
  prompts: Prompts,
  { api }: Bot,
  url: string,
  isOurs: boolean,
): Promise<void> {
  // The rest of the address may be another bot's secret.
  const host = URL.parse(url)?.host ?? "another address";
  prompts.warn(
    isOurs
      ? `Your Switchboard at ${host} receives this bot's updates now. Stop it before you go on: it would take them back within a minute.`
      : `Telegram sends this bot's updates to ${host} now. Whatever runs there stops receiving them if you go on; Switchboard registers its own address when it starts.`,
  );
  const message = "Take the bot over?";
  if (!(await asked(prompts, message, false))) {
    throw new SetupError("Nothing was changed; make a new bot, or name your chat with --chat.");
  }
  await prompts.wait("Taking it over …", () => api.deleteWebhook());
}

async function dropWaiting(prompts: Prompts, waiting: number): Promise<void> {
  const messages = waiting === 1 ? "1 message waits" : `${waiting} messages wait`;
  const message = `${messages} at Telegram and would be lost. To keep what waits, answer No and start Switchboard first. Drop it?`;
  if (!(await asked(prompts, message, false))) {
    throw new SetupError("Nothing was changed; start Switchboard, then run setup again.");
  }
}

function asked(prompts: Prompts, message: string, initial = true): Promise<boolean> {
  return prompts.confirm({ flag: "--chat", message, initial, needsPerson: true });
}

function faultOf(error: unknown): unknown {
  const isTelegrams = error instanceof Error && /Grammy|Http/.test(error.name);
  return isTelegrams ? new SetupError(telegramFault(error).message) : error;
}
