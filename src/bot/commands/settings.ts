import {
  type ChatSettings,
  chatSettings,
  chooseSettings,
} from "../../chat-settings/chat-settings.ts";
import type { Conversation } from "../../chat/conversation.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import type { ReplyMode } from "../../turns/relay.ts";
import { answer, type BotContext, type Command } from "../context.ts";
import { provedFormat, sendProbe, showProved } from "../rich-probe.ts";
import { sendView, type View } from "../view.ts";

const words = texts.settings;

/** What the settings need. */
export interface SettingsServices {
  config: { replyMode: ReplyMode; speaking: object | undefined };
}

/** What may be chosen with the settings of this Switchboard. */
type Offered = Record<"drafts" | "voice", boolean>;

/** Shows what is chosen for this conversation, and changes it. */
export const settings = ({ config }: SettingsServices): Command => ({
  name: "settings",
  group: "tools",
  argument: texts.arguments.settings,
  description: texts.commands.settings,
  async run(context, argument) {
    const proved = provedFormat(context, argument);
    if (proved) return prove(context, proved);
    const chosen = argument === "" ? {} : readChoice(argument);
    if (!chosen) return answer(context, words.usage);
    // Final texts are not sent then, so neither is what would become one.
    const isRelayed = config.replyMode !== "tool";
    if (chosen.drafts !== undefined && !isRelayed) return answer(context, words.onlyReplies);
    if (chosen.drafts !== undefined && !isPrivate(context.conversation)) {
      return answer(context, words.onlyPrivate);
    }
    if (chosen.voice && !config.speaking) return answer(context, texts.voice.notSet);
    change(context, chosen, { drafts: isRelayed, voice: config.speaking !== undefined });
  },
});

/** Rich messages count as chosen once an app has shown one. */
function prove({ work, conversation, redraws }: BotContext, format: ChatSettings["format"]): void {
  work.addEffect(async (transaction) => {
    await chooseSettings(transaction, conversation, { format });
    if (redraws) await showProved(transaction, conversation, redraws);
  });
}

function change(context: BotContext, chosen: Partial<ChatSettings>, offered: Offered): void {
  const { work, conversation, redraws } = context;
  const place = { conversation, operator: context.from?.id };
  work.addEffect(async (transaction) => {
    const { format } = chosen;
    if (format !== undefined && format !== "classic") {
      return sendProbe(transaction, place, format);
    }
    if (Object.keys(chosen).length > 0) await chooseSettings(transaction, conversation, chosen);
    const view = await viewOf(transaction, conversation, offered);
    await sendView(transaction, { ...place, redraws }, view);
  });
}

/** What is written behind the command; undefined when it names no setting, or no value of it. */
function readChoice(argument: string): Partial<ChatSettings> | undefined {
  const [name = "", value = "", more] = argument.toLowerCase().split(/\s+/);
  if (more !== undefined) return undefined;
  if (name === "format" && isOf(words.format, value)) return { format: value };
  if (name === "verbosity" && isOf(words.verbosity, value)) return { verbosity: value };
  if (name === "drafts" && isOf(words.drafts, value)) return { drafts: value === "on" };
  if (name === "voice" && isOf(words.drafts, value)) return { voice: value === "on" };
  return undefined;
}

function isOf<Values extends object>(
  values: Values,
  value: string,
): value is keyof Values & string {
  return Object.hasOwn(values, value);
}

async function viewOf(
  transaction: Transaction,
  conversation: Conversation,
  offered: Offered,
): Promise<View> {
  const { format, verbosity, drafts, voice } = await chatSettings(transaction, conversation);
  const shown = drafts ? "on" : "off";
  const read = voice ? "on" : "off";
  // With `quiet` nothing is shown before it is finished.
  const hasDrafts = offered.drafts && isPrivate(conversation) && verbosity !== "quiet";
  const lines = [words.format[format], words.verbosity[verbosity]];
  const { labels } = words;
  return {
    text: [
      words.heading,
      ...lines,
      ...(hasDrafts ? [words.drafts[shown]] : []),
      ...(offered.voice ? [texts.voice[read]] : []),
    ].join("\n\n"),
    buttons: [
      choices("format", labels.format, format),
      choices("verbosity", labels.verbosity, verbosity),
      ...(hasDrafts ? [choices("drafts", labels.drafts, shown)] : []),
      ...(offered.voice ? [choices("voice", texts.voice.labels, read)] : []),
    ],
  };
}

/** A row of buttons, one for each value of a setting. */
function choices(setting: string, labels: Record<string, string>, now: string) {
  return Object.entries(labels).map(([value, label]) => ({
    label: value === now ? words.labels.now({ label }) : label,
    command: "settings",
    argument: `${setting} ${value}`,
    edits: true,
  }));
}

/** Only these have drafts (Bot API, sendMessageDraft); the ids of groups are negative. */
function isPrivate({ chatId }: Conversation): boolean {
  return chatId > 0;
}
