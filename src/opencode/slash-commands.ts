/** A command of opencode: one of its own, of a file, of an MCP server, or a skill. */
export interface SlashCommand {
  name: string;
  description: string | undefined;
  source: "command" | "mcp" | "skill" | undefined;
  /** Undefined for those of MCP servers: opencode 1.18 asks the server for it when the command runs. */
  template: string | undefined;
  /** `$ARGUMENTS`, `$1` and so on, where the template names them. */
  hints: string[];
  /** It runs in a subagent. */
  isSubtask: boolean;
}

/** The same, as `GET /command` of opencode 1.18 lists it. */
export interface ListedCommand {
  name: string;
  description?: string;
  source?: "command" | "mcp" | "skill";
  template?: unknown;
  hints?: string[];
  subtask?: boolean;
}

const shellInTemplate = /!`[^`]+`/;
const placeholder = /\$(?:ARGUMENTS|\d+)/g;
const placeholderBeforeCode = /\$(?:ARGUMENTS|\d+)`/;

/** Reads an entry of `GET /command`. */
export function slashCommand(listed: ListedCommand): SlashCommand {
  const { name, description, source, template, hints = [], subtask = false } = listed;
  const isTold = typeof template === "string" && source !== "mcp";
  return {
    name,
    description,
    source,
    template: isTold ? template : undefined,
    hints,
    isSubtask: subtask,
  };
}

/**
 * Whether a command with these arguments may run a shell command. opencode 1.18 puts the arguments into
 * the template first, and then runs every `` !`…` `` it finds, unasked: so a backtick in the arguments is
 * enough, and so is one without a value between `!` and a backtick of the template, or a `!` put before
 * one. (A `$` in the arguments may stand for a part of the template.) A template that is not told may
 * hold anything.
 */
export function runsShell({ template }: Pick<SlashCommand, "template">, args = ""): boolean {
  if (template === undefined || args.includes("`")) return true;
  if ([template, template.replaceAll(placeholder, "")].some((text) => shellInTemplate.test(text))) {
    return true;
  }
  return /[!$]/.test(args) && placeholderBeforeCode.test(template);
}
