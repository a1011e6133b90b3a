import type { Piece } from "../../src/chat/pieces.ts";

/** What an operator in chat 1000 writes to agent `site`. */
export const newPrompt = (updateId: number, fields: object = {}) => ({
  updateId,
  agent: "site",
  conversation: "1000",
  operator: 1000,
  chatMessageId: updateId,
  text: `text ${updateId}`,
  sentAt: 0,
  ...fields,
});

/** A message of the operator to agent `site`, as of this moment unless `fields` say otherwise. */
export const newMessage = (updateId: number, piece: Partial<Piece>, fields: object = {}) => ({
  ...newPrompt(updateId),
  piece: { kind: "text" as const, head: "", text: `text ${updateId}`, entities: [], ...piece },
  takenAt: 0,
  waitMs: 0,
  ...fields,
});
