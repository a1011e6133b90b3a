import type { CallTurns, ToolCall } from "../opencode/call-turns.ts";
import type { SessionMessage } from "../opencode/client.ts";
import { textOf } from "../opencode/message-text.ts";
import type { Store } from "../store/store.ts";
import { type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { currentPrompt } from "./prompts.ts";

/** Knows in which prompt's turn a tool call was made, however long that is ago. */
export class CallPrompts {
  #store: Store;
  #turns: Pick<CallTurns, "beginnings" | "behindTask">;

  constructor(store: Store, turns: Pick<CallTurns, "beginnings" | "behindTask">) {
    this.#store = store;
    this.#turns = turns;
  }

  /**
   * The prompt of an agent in whose turn a call was made; undefined when no prompt began that turn, or
   * it is no longer kept.
   * @throws OpencodeUnreachable
   */
  async find(agent: string, call: ToolCall): Promise<Prompt | undefined> {
    return this.#first(agent, this.#turns.beginnings(call));
  }

  /**
   * The prompt in whose turn the background task was begun whose result began another one, with message
   * `asked`; undefined for any other turn.
   * @throws OpencodeUnreachable
   */
  async behindTask(
    agent: string,
    sessionId: string,
    asked: SessionMessage,
  ): Promise<Prompt | undefined> {
    return this.#first(agent, this.#turns.behindTask(sessionId, asked));
  }

  /** The conversation of all prompts of an agent that are kept; undefined for none or several. */
  async onlyConversation(agent: string): Promise<string | undefined> {
    const rows = await this.#store.read((transaction) =>
      transaction.all<Pick<PromptRow, "conversation">>(
        "SELECT DISTINCT conversation FROM prompts WHERE agent = ? LIMIT 2",
        agent,
      ),
    );
    return rows.length === 1 ? rows[0]?.conversation : undefined;
  }

  async #first(
    agent: string,
    messages: AsyncGenerator<SessionMessage>,
  ): Promise<Prompt | undefined> {
    for await (const message of messages) {
      const prompt = await this.#ofMessage(agent, message);
      if (prompt) return prompt;
    }
    return undefined;
  }

  #ofMessage(agent: string, message: SessionMessage): Promise<Prompt | undefined> {
    return this.#store.read(async (transaction) => {
      const row = await transaction.get<PromptRow>(
        "SELECT * FROM prompts WHERE message_id = ? AND agent = ?",
        message.info.id,
        agent,
      );
      if (row) return toPrompt(row);
      // The message of a typed prompt is known only once it was found.
      const current = await currentPrompt(transaction, agent);
      const isTyped = current?.state === "delivering" && current.path === "tmux";
      return isTyped && current.text.trim() === textOf(message) ? current : undefined;
    });
  }
}
