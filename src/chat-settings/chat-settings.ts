import type { Conversation } from "../chat/conversation.ts";
import type { MessageFormat } from "../chat/rich/rich.ts";
import type { Transaction } from "../store/store.ts";

/** How answers and progress are shown in one conversation. */
export interface ChatSettings {
  /** `classic`: text with entities. `auto` and `rich`: see `FORMAT` in `.env.example`. */
  format: MessageFormat;
  verbosity: "quiet" | "normal" | "verbose";
  /** Whether the growing answer is shown as a draft. */
  drafts: boolean;
  /** Whether answers come as voice messages too, where something reads them aloud. */
  voice: boolean;
}

interface Row {
  conversation: string;
  format: ChatSettings["format"] | null;
  verbosity: ChatSettings["verbosity"] | null;
  drafts: number | null;
  voice: number | null;
}

/** Stands for the conversations that chose nothing; no key of a conversation is a word. */
const everywhere = "default";
const builtIn: ChatSettings = {
  format: "classic",
  verbosity: "normal",
  drafts: true,
  voice: false,
};

/**
 * What holds in a conversation: what was chosen in it, else what the environment said at the start. A
 * topic has settings of its own.
 */
export async function chatSettings(
  transaction: Transaction,
  { key }: Pick<Conversation, "key">,
): Promise<ChatSettings> {
  const rows = await transaction.all<Row>(
    "SELECT * FROM conversation_settings WHERE conversation IN (?, ?)",
    key,
    everywhere,
  );
  const chosen = rows.find(({ conversation }) => conversation === key);
  const usual = rows.find(({ conversation }) => conversation === everywhere);
  const drafts = chosen?.drafts ?? usual?.drafts;
  return {
    format: chosen?.format ?? usual?.format ?? builtIn.format,
    verbosity: chosen?.verbosity ?? usual?.verbosity ?? builtIn.verbosity,
    drafts: drafts == null ? builtIn.drafts : drafts === 1,
    voice: chosen?.voice === 1,
  };
}

/** Changes what is given of a conversation's settings, and keeps the rest. */
export function chooseSettings(
  transaction: Transaction,
  { key }: Pick<Conversation, "key">,
  chosen: Partial<ChatSettings>,
): Promise<void> {
  return put(transaction, key, chosen);
}

/** Stores what the environment says, for the conversations that chose nothing. Call it at each start. */
export function setUsualSettings(
  transaction: Transaction,
  usual: Pick<ChatSettings, "format" | "verbosity">,
): Promise<void> {
  return put(transaction, everywhere, usual);
}

/** Gives the settings of a group to the id it has as a supergroup, unless it chose some there. */
export async function moveSettings(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run(
    `UPDATE conversation_settings SET conversation = ?
     WHERE conversation = ?
       AND NOT EXISTS (SELECT 1 FROM conversation_settings WHERE conversation = ?)`,
    to,
    from,
    to,
  );
}

async function put(
  transaction: Transaction,
  conversation: string,
  { format, verbosity, drafts, voice }: Partial<ChatSettings>,
): Promise<void> {
  await transaction.run(
    `INSERT INTO conversation_settings (conversation, format, verbosity, drafts, voice)
     VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (conversation) DO UPDATE SET
       format = coalesce(excluded.format, conversation_settings.format),
       verbosity = coalesce(excluded.verbosity, conversation_settings.verbosity),
       drafts = coalesce(excluded.drafts, conversation_settings.drafts),
       voice = coalesce(excluded.voice, conversation_settings.voice)`,
    conversation,
    format ?? null,
    verbosity ?? null,
    drafts === undefined ? null : Number(drafts),
    voice === undefined ? null : Number(voice),
  );
}
