/** A tool call the model makes; `arguments` is sent as JSON. */
export interface ToolCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** One answer of the scripted model. Fields combine: text first, then tool calls. */
export interface ModelAnswer {
  text?: string;
  tools?: ToolCall[];
  /** Wait before the first byte; a promise is awaited, a number is milliseconds. */
  hold?: number | Promise<unknown>;
  /** Why it stopped, as the provider says it; what fits the answer unless given. */
  finish?: "stop" | "length" | "content_filter" | "tool_calls";
  /** Answer with this HTTP status instead of a completion. */
  fail?: number;
}
