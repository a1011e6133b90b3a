import type { PermissionRequest, QuestionInfo, QuestionRequest } from "../opencode/client.ts";
import type { ButtonSet } from "../buttons/buttons.ts";
import type { Decision } from "../opencode/session-reader.ts";

/** The answers to a permission. */
export type PermissionReply = "once" | "always" | "reject";

/** What an operator decided, to be passed on to opencode. */
export type Answer =
  | { kind: "permission"; reply: PermissionReply }
  | { kind: "question"; answers: string[][] }
  | { kind: "dismissal" };

/** What a request of opencode does not say about itself. */
export interface CardContext {
  /** Absolute path of where it would happen; undefined when that is not known. */
  directory?: string | undefined;
  /** The tool that asks. */
  tool?: string | undefined;
  /** What the tool is given, where the request does not tell it. */
  input?: Record<string, unknown> | undefined;
}

/** A decision opencode waits for, as it is shown to an operator. */
export interface Card {
  requestId: string;
  /** What the operator names it by; no two cards have had the same for days. */
  number: number;
  agent: string;
  /** Key of the conversation it is shown in. */
  conversation: string;
  /** The only user who may decide it; any operator when undefined. */
  operator: number | undefined;
  asked:
    | { kind: "permission"; request: PermissionRequest }
    | { kind: "question"; request: QuestionRequest };
  context: CardContext;
  state: "open" | "answered" | "closed";
  /** The labels chosen so far, one list per question reached; the last is the one being asked. */
  chosen: string[][];
  /** Undefined until it is decided. */
  answer: Answer | undefined;
  /** The outbox call that made the message with the buttons. */
  outboxId: number;
  /** The outbox call that sends its document, if it has one. */
  documentId: number | undefined;
}

/** The purpose of the buttons of cards. */
export const cardPurpose = "card";

/** The card that a request would have; it is not stored. */
export function draftCard(
  agent: string,
  { id, kind, request }: Decision,
  context: CardContext,
): Card {
  return {
    requestId: id,
    number: 0,
    agent,
    conversation: "",
    operator: undefined,
    asked: { kind, request } as Card["asked"],
    context,
    state: "open",
    chosen: [[]],
    answer: undefined,
    outboxId: 0,
    documentId: undefined,
  };
}

/** What a button of a card does. */
export type Action =
  | { type: "permission"; reply: PermissionReply }
  | { type: "choose"; label: string }
  | { type: "toggle"; label: string }
  | { type: "submit" }
  | { type: "dismiss" };

/** The buttons that a card shows. */
export function buttonsOf({ requestId }: Pick<Card, "requestId">): ButtonSet {
  return { purpose: cardPurpose, subject: requestId };
}

/** The questions of a card; none for a permission. */
export function questionsOf({ asked }: Card): QuestionInfo[] {
  return asked.kind === "question" ? asked.request.questions : [];
}

/** A row of the table `cards`. */
export interface CardRow {
  request_id: string;
  kind: "permission" | "question";
  agent: string;
  conversation: string;
  operator: number | null;
  /** The request as opencode gave it, JSON. */
  request: string;
  state: Card["state"];
  chosen: string;
  answer: string | null;
  outbox_id: number;
  number: number;
  context: string;
  document_id: number | null;
}

/** A card as the rest of the code knows it. */
export function toCard(row: CardRow): Card {
  return {
    requestId: row.request_id,
    number: row.number,
    agent: row.agent,
    conversation: row.conversation,
    operator: row.operator ?? undefined,
    asked: { kind: row.kind, request: JSON.parse(row.request) },
    context: JSON.parse(row.context) as CardContext,
    state: row.state,
    chosen: JSON.parse(row.chosen) as string[][],
    answer: row.answer === null ? undefined : (JSON.parse(row.answer) as Answer),
    outboxId: row.outbox_id,
    documentId: row.document_id ?? undefined,
  };
}
