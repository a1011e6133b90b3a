import { randomUUID } from "node:crypto";
import type { ModelAnswer } from "./answer.ts";

const base = () => ({
  id: `chatcmpl-${randomUUID()}`,
  created: Math.floor(Date.now() / 1000),
  model: "stub",
});
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function toolCalls(answer: ModelAnswer) {
  return (answer.tools ?? []).map((tool, index) => ({
    index,
    id: `call_${randomUUID()}`,
    type: "function",
    function: { name: tool.name, arguments: JSON.stringify(tool.arguments) },
  }));
}

const finishReason = (answer: ModelAnswer) =>
  answer.finish ?? (answer.tools?.length ? "tool_calls" : "stop");

/** The answer as one `chat.completion` object of the OpenAI API. */
export function completionBody(answer: ModelAnswer) {
  const message = {
    role: "assistant",
    content: answer.text ?? answer.pieces?.join("") ?? null,
    tool_calls: toolCalls(answer),
  };
  return {
    ...base(),
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: finishReason(answer) }],
    usage,
  };
}

/** The `chat.completion.chunk` objects of a stream: those with words, then those that end it. */
export function completionChunks(answer: ModelAnswer): { words: object[]; end: object[] } {
  const head = { ...base(), object: "chat.completion.chunk" };
  const chunk = (delta: object, reason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const words: object[] = [chunk({ role: "assistant", content: "" })];
  if (answer.thinking !== undefined) words.push(chunk({ reasoning_content: answer.thinking }));
  if (answer.text !== undefined) words.push(chunk({ content: answer.text }));
  for (const content of answer.pieces ?? []) words.push(chunk({ content }));
  const end: object[] = toolCalls(answer).map((call) => chunk({ tool_calls: [call] }));
  end.push({ ...chunk({}, finishReason(answer)), usage });
  return { words, end };
}
