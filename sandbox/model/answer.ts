/** A tool call the model makes; `arguments` is sent as JSON. */
export interface ToolCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** One answer of the scripted model. Fields combine: thinking, text, then tool calls. */
export interface ModelAnswer {
  text?: string;
  /** What it thinks before that, streamed as reasoning. */
  thinking?: string;
  /** The text again, in these pieces, with `everyMs` milliseconds between two; in place of `text`. */
  pieces?: readonly string[];
  everyMs?: number;
  tools?: ToolCall[];
  /** Wait before the first byte; a promise is awaited, a number is milliseconds. */
  hold?: number | Promise<unknown>;
  /** Why it stopped, as the provider says it; what fits the answer unless given. */
  finish?: "stop" | "length" | "content_filter" | "tool_calls";
  /** Answer with this HTTP status instead of a completion. */
  fail?: number;
}
