import type { ForceReply, InlineKeyboardMarkup, MessageEntity } from "grammy/types";
import { badRequest } from "./refusal.ts";

/**
 * Refuses entities the way TDLib does: ends outside the text or inside a surrogate pair, and links
 * that are no link. Overlaps are repaired by Telegram and therefore pass.
 */
export function checkEntities(text: string, entities: MessageEntity[]) {
  for (const entity of entities) {
    const end = entity.offset + entity.length;
    for (const value of [entity.offset, entity.length]) {
      if (value < 0 || value > 1_000_000) throw badRequest("entity has invalid bounds specified");
    }
    checkBound(text, entity.offset, "begins");
    checkBound(text, end, "ends");
    const problem = entity.type === "text_link" ? linkProblem(entity.url) : undefined;
    if (entity.type === "text_link" && problem) {
      throw badRequest(`entity URL '${entity.url}' is invalid: ${problem}`);
    }
  }
}

/** Refuses an inline keyboard with unusable buttons, as Telegram does. */
export function checkKeyboard(markup: object | undefined) {
  const { input_field_placeholder: placeholder } = (markup ?? {}) as Partial<ForceReply>;
  if (placeholder !== undefined && (placeholder.length < 1 || placeholder.length > 64)) {
    throw badRequest("input field placeholder must be non-empty and not longer than 64 characters");
  }
  if (!markup || !("inline_keyboard" in markup)) return;
  for (const button of (markup as InlineKeyboardMarkup).inline_keyboard.flat()) {
    if (button.text.trim() === "")
      throw badRequest("text buttons are unallowed in the inline keyboard");
    if ("callback_data" in button) {
      const bytes = Buffer.byteLength(button.callback_data);
      if (bytes < 1 || bytes > 64) throw badRequest("BUTTON_DATA_INVALID");
    }
    const problem = "url" in button ? linkProblem(button.url) : undefined;
    if ("url" in button && problem) {
      throw badRequest(`inline keyboard button URL '${button.url}' is invalid: ${problem}`);
    }
  }
}

function checkBound(text: string, offset: number, verb: "begins" | "ends") {
  if (offset > text.length) {
    throw badRequest(`entity ${verb} after the end of the text at UTF-16 offset ${offset}`);
  }
  const inPair =
    /[\ud800-\udbff]/.test(text[offset - 1] ?? "") && /[\udc00-\udfff]/.test(text[offset] ?? "");
  if (inPair) {
    throw badRequest(`entity ${verb} in a middle of a UTF-16 symbol at UTF-16 offset ${offset}`);
  }
}

/** Telegram takes http and https links whose host has a dot, and its own schemes. */
function linkProblem(link: string): string | undefined {
  if (/^(tg|ton|tonsite):/i.test(link)) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(link) ? link : `http://${link}`);
  if (!url) return "Wrong HTTP URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "Unsupported URL protocol";
  return url.hostname.includes(".") ? undefined : "Wrong HTTP URL";
}
