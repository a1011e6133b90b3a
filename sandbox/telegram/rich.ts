import type { Message, RichBlock, RichMessage, RichMessageButton } from "grammy/types";
import { checkKeyboard } from "./entities.ts";
import { badRequest } from "./refusal.ts";
import { richBlocks } from "./rich-blocks.ts";

/** The `rich_message` of a call, as far as the sandbox reads it. */
export interface RichInput {
  markdown: string;
  is_rtl?: boolean | undefined;
  skip_entity_detection?: boolean | undefined;
}

// Bot API 10.3, InputRichMessage. The wording of these refusals is the sandbox's own.
const limits = { characters: 32_768, blocks: 500, nesting: 16, columns: 20, media: 50, buttons: 8 };
const media = new Set(["animation", "audio", "document", "photo", "video", "voice_note", "map"]);

/**
 * What Telegram makes of the Markdown of a rich message. Its own parser is not public, so this one reads
 * more into a text than less: every link, tag and picture that one could see. Throws a refusal for what goes
 * beyond the limits, and for a button that cannot be used.
 */
export function richContent({ markdown, ...input }: RichInput): RichMessage {
  if (!markdown.isWellFormed()) throw badRequest("strings must be encoded in UTF-8");
  if (Array.from(markdown).length > limits.characters) throw badRequest("message is too long");
  const blocks = richBlocks(markdown, input.skip_entity_detection === true);
  if (blocks.length === 0) throw badRequest("message text is empty");
  const all = objectsIn(blocks);
  const has = (kinds: (object: Known) => boolean) => all.filter(kinds).length;
  if (
    has(({ type, cells }) => type !== undefined && (isBlock(type) || cells !== undefined)) >
    limits.blocks
  ) {
    throw badRequest("rich message has too many blocks");
  }
  if (depthOf(blocks) > limits.nesting) throw badRequest("rich message is nested too deeply");
  if (has(({ type }) => media.has(type ?? "")) > limits.media) {
    throw badRequest("rich message has too many media");
  }
  for (const { cells = [], buttons = [] } of all) {
    if (cells.some((row) => row.length > limits.columns)) {
      throw badRequest("table has too many columns");
    }
    if (buttons.length > limits.buttons) throw badRequest("too many buttons in a row");
  }
  for (const button of buttonsIn({ blocks })) {
    const text = typeof button.text === "string" ? button.text : "button";
    checkKeyboard({ inline_keyboard: [[{ ...button, text }]] });
  }
  return { blocks, ...(input.is_rtl === true && { is_rtl: true }) };
}

/** The buttons inside of a rich message, in their order. */
export function buttonsIn(rich: RichMessage | undefined): RichMessageButton[] {
  return objectsIn(rich?.blocks ?? []).flatMap(({ buttons = [], button }) => [
    ...buttons,
    ...(button ? [button] : []),
  ]);
}

/** Everything of these kinds in a rich message: blocks and formatted texts. */
export function partsIn({ blocks }: RichMessage, ...types: string[]): object[] {
  return objectsIn(blocks).filter(({ type }) => types.includes(type ?? ""));
}

/** The callback button of a message by its text or data, in the message or below it. */
export function callbackOf(message: Message, button: string): string | undefined {
  const below = message.reply_markup?.inline_keyboard.flat() ?? [];
  const all = [...buttonsIn(message.rich_message), ...below];
  const found = all.find(
    (one) => "callback_data" in one && (one.text === button || one.callback_data === button),
  );
  return found && "callback_data" in found ? found.callback_data : undefined;
}

interface Known {
  type?: string;
  cells?: unknown[][];
  buttons?: RichMessageButton[];
  button?: RichMessageButton;
}

function objectsIn(value: unknown): Known[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value, ...inner];
}

const inline =
  /^(?:anchor_link|bold|bot_command|button|code|email_address|hashtag|mathematical_expression|mention|phone_number|text_mention|url)$/;

function isBlock(type: string): boolean {
  return !inline.test(type);
}

function depthOf(blocks: readonly RichBlock[]): number {
  const depths = blocks.map((block) => {
    if (block.type === "list") return 1 + depthOf(block.items.flatMap((one) => one.blocks));
    return 1 + ("blocks" in block ? depthOf(block.blocks) : 0);
  });
  return Math.max(0, ...depths);
}
