import { onOneLine } from "../../chat/hidden.ts";
import type { Logger } from "../../log.ts";
import type { Controls } from "../../opencode/controls.ts";
import { todoMark } from "../../opencode/todo-mark.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";

/** What `/todo` needs. */
export interface TodoServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "todo">;
  log: Logger;
}

/** The agent's own list of what it has to do. */
export const todo = (services: TodoServices): Command => ({
  name: "todo",
  group: "changes",
  description: texts.commands.todo,
  isFast: true,
  async run(context) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const todos = await askOpencode(services.opencodeControls.todo(agent), services.log);
    if (!todos) return opencodeSilent(context, agent);
    if (todos.length === 0) return answer(context, texts.changes.noTodo);
    const lines = todos.map(({ content, status }) => `${todoMark(status)} ${onOneLine(content)}`);
    show(context, { text: [texts.changes.todo, ...lines].join("\n"), isForeign: true });
  },
});
