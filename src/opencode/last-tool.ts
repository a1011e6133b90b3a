import type { SessionMessage } from "./client.ts";
import { shownCommand } from "./shell-command.ts";

/** A tool that an agent called. */
export interface ToolUse {
  /** Such as `bash` or `edit`. */
  tool: string;
  /** The file, the command or what else it was called for; undefined when the call does not tell. */
  subject: string | undefined;
  /** `pending` while the model still writes the call. */
  state: "pending" | "running" | "completed" | "error";
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number | undefined;
}

// What the tools of opencode 1.18 are told, the most telling first.
const subjects = ["filePath", "command", "pattern", "url", "query", "description", "path", "name"];

/** The newest tool call in `messages`, running or over; undefined when there is none. */
export function lastTool(messages: SessionMessage[]): ToolUse | undefined {
  return messages.flatMap(toolsIn).at(-1);
}

/** The tool calls of a message, in order. */
export function toolsIn({ info, parts }: SessionMessage): ToolUse[] {
  return parts.flatMap((part) => toolUse(part, info.time.created) ?? []);
}

/** A part as a tool call; undefined when it is none. `writtenAt`: when the model began to write it. */
export function toolUse(
  part: SessionMessage["parts"][number],
  writtenAt: number,
): ToolUse | undefined {
  if (part.type !== "tool") return undefined;
  const { state } = part;
  const isOver = state.status === "completed" || state.status === "error";
  return {
    tool: part.tool,
    subject: subjectOf(state.input),
    state: state.status,
    startedAt: state.status === "pending" ? writtenAt : state.time.start,
    endedAt: isOver ? state.time.end : undefined,
  };
}

/** A tool call in one line, such as `bash: npm test`. */
export function toolInWords({ tool, subject }: Pick<ToolUse, "tool" | "subject">): string {
  const line = subject?.trim().replaceAll(/\s*\n\s*/g, " ⏎ ");
  return line ? `${tool}: ${line}` : tool;
}

function subjectOf(input: Record<string, unknown> | undefined): string | undefined {
  for (const key of subjects) {
    const value = input?.[key];
    if (typeof value === "string" && value !== "") return shownCommand(value);
  }
  return undefined;
}
