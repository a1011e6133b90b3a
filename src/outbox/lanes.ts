import { conversationFromKey } from "../chat/conversation.ts";

/**
 * What a conversation's calls are: `urgent` (cards, answers to commands, notices), `reply` (what agents say,
 * and relays), `live` (what shows a turn that runs), `voice` (what agents said, read aloud), `reaction`. Each kind
 * has a lane of its own, and the lanes go in this order.
 */
export type LaneKind = (typeof kinds)[number];

const kinds = ["urgent", "reply", "live", "voice", "reaction"] as const;
const marks = {
  urgent: " urgent",
  reply: "",
  live: " live",
  voice: " voice",
  reaction: " reactions",
};

/** The lane of a conversation for calls of a kind. */
export function outboxLane(conversationKey: string, kind: LaneKind): string {
  return `${conversationKey}${marks[kind]}`;
}

/** A lane of its own for a call that keeps failing, so that those behind it pass. */
export function asideLane(lane: string, id: number): string {
  return `${lane}${asideMark}${id}`;
}

/** How the lanes of a lane's calls that were put aside begin. */
export function asidePrefix(lane: string): string {
  return `${lane}${asideMark}`;
}

const asideMark = " aside ";

/** The conversation a lane belongs to. */
export function conversationKeyOf(lane: string): string {
  return lane.split(" ", 1)[0] ?? "";
}

/** A lane and the chat that its first call is for. */
interface Head {
  lane: string;
  chat_id: number | null;
}

/**
 * Of the heads that are due, those that may go now, those first that matter most: of each chat only those
 * of the first kind, and none but urgent ones beside an urgent call under way. What a person waits for is
 * never behind what an agent has piled up.
 */
export function firstOfEachChat<Row extends Head>(
  due: readonly Row[],
  busyLanes: ReadonlySet<string>,
): Row[] {
  const first = new Map<number, number>();
  const note = (chatId: number, lane: string) =>
    first.set(chatId, Math.min(rankOf(lane), first.get(chatId) ?? kinds.length));
  for (const lane of busyLanes) {
    if (lane.endsWith(marks.urgent))
      note(conversationFromKey(conversationKeyOf(lane)).chatId, lane);
  }
  for (const { lane, chat_id } of due) if (chat_id !== null) note(chat_id, lane);
  return due
    .filter(({ lane, chat_id }) => chat_id === null || rankOf(lane) === first.get(chat_id))
    .toSorted((a, b) => rankOf(a.lane) - rankOf(b.lane));
}

/** What the calls of a lane are. The answer to a press, which is for no chat, cannot wait. */
export function kindOf(lane: string): LaneKind {
  if (lane.endsWith(marks.urgent) || lane.startsWith(queryMark)) return "urgent";
  if (lane.endsWith(marks.live)) return "live";
  if (lane.endsWith(marks.voice)) return "voice";
  return lane.endsWith(marks.reaction) ? "reaction" : "reply";
}

/** Whether the calls of a lane go before those that show a running turn. */
export function goesBeforeLive(lane: string): boolean {
  return rankOf(lane) < kinds.indexOf("live");
}

/** The lane of the answer to a press, which Telegram takes only for a while. */
export function queryLane(queryId: string): string {
  return `${queryMark}${queryId}`;
}

const queryMark = "query ";

function rankOf(lane: string): number {
  return kinds.indexOf(kindOf(lane));
}
