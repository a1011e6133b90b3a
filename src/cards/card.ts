import type { PermissionRequest, QuestionInfo, QuestionRequest } from "../opencode/client.ts";

/** The answers to a permission. */
export type PermissionReply = "once" | "always" | "reject";

/** What an operator decided, to be passed on to opencode. */
export type Answer =
  | { kind: "permission"; reply: PermissionReply }
  | { kind: "question"; answers: string[][] }
  | { kind: "dismissal" };

/** A decision opencode waits for, as it is shown to an operator. */
export interface Card {
  requestId: string;
  agent: string;
  /** Key of the conversation it is shown in. */
  conversation: string;
  /** The only user who may decide it; any operator when undefined. */
  operator: number | undefined;
  asked:
    | { kind: "permission"; request: PermissionRequest }
    | { kind: "question"; request: QuestionRequest };
  state: "open" | "answered" | "closed";
  /** The labels chosen so far, one list per question reached; the last is the one being asked. */
  chosen: string[][];
  /** Undefined until it is decided. */
  answer: Answer | undefined;
  /** The outbox call that made the message with the buttons. */
  outboxId: number;
}

/** What a button does; stored with its one-time key. */
export type Action =
  | { type: "permission"; reply: PermissionReply }
  | { type: "choose"; label: string }
  | { type: "toggle"; label: string }
  | { type: "submit" }
  | { type: "dismiss" };

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
}

/** A card as the rest of the code knows it. */
export function toCard(row: CardRow): Card {
  return {
    requestId: row.request_id,
    agent: row.agent,
    conversation: row.conversation,
    operator: row.operator ?? undefined,
    asked: { kind: row.kind, request: JSON.parse(row.request) },
    state: row.state,
    chosen: JSON.parse(row.chosen) as string[][],
    answer: row.answer === null ? undefined : (JSON.parse(row.answer) as Answer),
    outboxId: row.outbox_id,
  };
}
