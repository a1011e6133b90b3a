import type { Todo } from "../../opencode/controls.ts";
import type { OpencodeEvent } from "../../opencode/events.ts";
import { type ToolUse, toolUse } from "../../opencode/last-tool.ts";
import type { SessionMessage } from "../../opencode/client.ts";

/** A subagent that a turn has called. */
export interface Subagent {
  /** Such as `explore`. */
  name: string;
  /** What it does now; undefined before its first tool. */
  tool: ToolUse | undefined;
}

/** The model cannot be used, and opencode asks it again by itself. */
export interface Retry {
  attempt: number;
  /** What opencode tells; it may hold anything, so it is not for the chat. */
  message: string;
  /** When it is asked again; milliseconds since the epoch. */
  nextAt: number;
}

/** A part of the newest message that grows: what the model says, or thinks. */
interface Words {
  kind: "text" | "reasoning";
  text: string;
}

/**
 * What a turn has come to, by the events of its session and of its subagents' sessions. It is changed in
 * place: a turn has thousands of events, and most of them only append to a text.
 */
export interface TurnProgress {
  sessionId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** `provider/model`; undefined before the model was asked. */
  model: string | undefined;
  /** Where the session works; absolute path. */
  directory: string | undefined;
  retry: Retry | undefined;
  /** The tool calls that are not over, of the session itself, by part. */
  running: Map<string, ToolUse>;
  /** The newest ones that are over, oldest first. */
  finished: ToolUse[];
  /** Those that work, by session. */
  subagents: Map<string, Subagent>;
  todos: Todo[];
  /** Permissions and questions that wait for an operator, by id. */
  decisions: Set<string>;
  /** Tokens that the newest step needed; undefined before there was one. */
  contextUsed: number | undefined;
  /** The message that grows, and its parts in order. */
  messageId: string | undefined;
  words: Map<string, Words>;
  /** What the model does; undefined while nothing comes of it. */
  growing: Words["kind"] | undefined;
}

/** What an event changed: `text` grew, something else that is `shown`, or `nothing`. */
export type Change = "text" | "shown" | "nothing";

// More are not shown.
const mostFinished = 15;

/** The state of a turn of which nothing has been heard. */
export function newProgress(sessionId: string, startedAt: number): TurnProgress {
  return {
    sessionId,
    startedAt,
    model: undefined,
    directory: undefined,
    retry: undefined,
    running: new Map(),
    finished: [],
    subagents: new Map(),
    todos: [],
    decisions: new Set(),
    contextUsed: undefined,
    messageId: undefined,
    words: new Map(),
    growing: undefined,
  };
}

/** Takes in an event of the turn's session or of a subagent's. */
export function fold(progress: TurnProgress, event: OpencodeEvent): Change {
  const take = folds[event.type] as Fold<OpencodeEvent["type"]> | undefined;
  return take ? take(progress, event) : "nothing";
}

type Fold<Type extends OpencodeEvent["type"]> = (
  progress: TurnProgress,
  event: Extract<OpencodeEvent, { type: Type }>,
) => Change;

const asked = ({ decisions }: TurnProgress, { properties }: { properties: { id: string } }) => {
  decisions.add(properties.id);
  return "shown" as const;
};
const decided = (
  { decisions }: TurnProgress,
  { properties }: { properties: { requestID: string } },
): Change => (decisions.delete(properties.requestID) ? "shown" : "nothing");

const folds: { [Type in OpencodeEvent["type"]]?: Fold<Type> } = {
  "message.part.delta"({ words }, { properties: { partID, field, delta } }) {
    const grown = words.get(partID);
    if (!grown || field !== "text") return "nothing";
    grown.text += delta;
    return "text";
  },
  "message.part.updated": (progress, { properties }) => foldPart(progress, properties.part),
  "message.updated": (progress, { properties }) => foldMessage(progress, properties.info),
  "session.status": (progress, { properties }) => foldStatus(progress, properties),
  "session.created": (progress, { properties }) => foldSubagent(progress, properties.info),
  "todo.updated"(progress, { properties: { sessionID, todos } }) {
    if (sessionID !== progress.sessionId) return "nothing";
    progress.todos = todos;
    return "shown";
  },
  "permission.asked": asked,
  "question.asked": asked,
  "permission.replied": decided,
  "question.replied": decided,
  "question.rejected": decided,
};

/** Takes in messages that were read, as after a gap in the events; oldest first. */
export function foldMessages(progress: TurnProgress, messages: SessionMessage[]): void {
  for (const { info, parts } of messages) {
    foldMessage(progress, info);
    for (const part of parts) foldPart(progress, part);
  }
}

/** What the agent says in the message that grows. */
export function textOf(progress: TurnProgress): string {
  return joined(progress, "text");
}

/** What it thinks there. */
export function thinkingOf(progress: TurnProgress): string {
  return joined(progress, "reasoning");
}

function joined({ words }: TurnProgress, wanted: Words["kind"]): string {
  return [...words.values()]
    .flatMap(({ kind, text }) => (kind === wanted ? text : []))
    .join("\n\n")
    .trim();
}

function foldMessage(progress: TurnProgress, info: SessionMessage["info"]): Change {
  if (info.role !== "assistant" || info.sessionID !== progress.sessionId) return "nothing";
  progress.model = `${info.providerID}/${info.modelID}`;
  progress.directory = info.path.cwd;
  if (info.id === progress.messageId) return "nothing";
  beginMessage(progress, info.id);
  return "shown";
}

function beginMessage(progress: TurnProgress, messageId: string): void {
  progress.messageId = messageId;
  progress.words.clear();
  progress.growing = undefined;
}

function foldPart(progress: TurnProgress, part: SessionMessage["parts"][number]): Change {
  const isOwn = part.sessionID === progress.sessionId;
  if (part.type === "tool") {
    const use = toolUse(part, Date.now());
    if (!use) return "nothing";
    return isOwn ? foldTool(progress, part.id, use) : foldSubagentTool(progress, part, use);
  }
  if (!isOwn) return "nothing";
  if (part.type === "step-finish") {
    const { input, output, reasoning, cache } = part.tokens;
    progress.growing = undefined;
    progress.contextUsed = input + output + reasoning + cache.read + cache.write;
    return "shown";
  }
  if (part.type !== "text" && part.type !== "reasoning") return "nothing";
  // A prompt's own text has no time. The beginning of the message may not have been heard.
  const isNewer = part.time !== undefined && part.messageID > (progress.messageId ?? "");
  if (isNewer) beginMessage(progress, part.messageID);
  if (part.messageID !== progress.messageId) return "nothing";
  const known = progress.words.get(part.id);
  progress.words.set(part.id, { kind: part.type, text: part.text });
  const growing = part.time?.end === undefined ? part.type : undefined;
  const isOther = growing !== progress.growing;
  progress.growing = growing;
  // Its text is shown as it grows; that it begins to think or to write is shown too.
  if (isOther && growing !== undefined) return "shown";
  // It is stored once more when it ends.
  return known?.text === part.text ? "nothing" : "text";
}

function foldTool(progress: TurnProgress, partId: string, use: ToolUse): Change {
  if (use.state === "pending" || use.state === "running") {
    const known = progress.running.get(partId);
    progress.running.set(partId, use);
    // A command's output comes with the same event, many times a second.
    return known?.state === use.state && known.subject === use.subject ? "nothing" : "shown";
  }
  progress.running.delete(partId);
  progress.finished.push(use);
  if (progress.finished.length > mostFinished) progress.finished.shift();
  return "shown";
}

function foldSubagentTool(
  { subagents }: TurnProgress,
  { sessionID }: { sessionID: string },
  use: ToolUse,
): Change {
  const subagent = subagents.get(sessionID);
  if (!subagent || use.state === "pending") return "nothing";
  const { tool: known } = subagent;
  subagent.tool = use;
  return known?.tool === use.tool && known.subject === use.subject ? "nothing" : "shown";
}

function foldStatus(
  progress: TurnProgress,
  { sessionID, status }: Extract<OpencodeEvent, { type: "session.status" }>["properties"],
): Change {
  if (status.type === "idle" && progress.subagents.delete(sessionID)) return "shown";
  if (sessionID !== progress.sessionId) return "nothing";
  if (status.type === "retry") {
    const { attempt, message, next } = status;
    progress.retry = { attempt, message, nextAt: next };
    return "shown";
  }
  if (!progress.retry) return "nothing";
  progress.retry = undefined;
  return "shown";
}

function foldSubagent(
  progress: TurnProgress,
  info: Extract<OpencodeEvent, { type: "session.created" }>["properties"]["info"],
): Change {
  const isOurs =
    info.parentID === progress.sessionId || progress.subagents.has(info.parentID ?? "");
  if (!isOurs) return "nothing";
  progress.subagents.set(info.id, { name: info.agent ?? info.title, tool: undefined });
  return "shown";
}
