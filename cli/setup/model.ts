import { type Flags, settingProblem } from "./flags.ts";
import type { Processes } from "./processes.ts";
import type { Prompts } from "./prompts.ts";

/** What asking for the model needs. */
export interface ModelOptions {
  prompts: Prompts;
  flags: Pick<Flags, "model">;
  before: string | undefined;
  /** The models that opencode lists; none when it does not say. */
  listed: Promise<readonly string[]>;
}

// Without a network opencode waits long for its list; a name is then taken as it is.
const listWithinMs = 10_000;

/** The models that opencode can use on this machine, as `provider/model`; none when it does not say. */
export async function listModels({ run }: Processes, bin: string): Promise<string[]> {
  const { code, output } = await run(bin, ["models"], listWithinMs);
  if (code !== 0) return [];
  const lines = output.split("\n").map((line) => line.trim());
  return lines.filter((line) => /^[^/\s]+\/\S+$/.test(line));
}

/** The model of the agents; undefined when opencode is to choose. */
export async function askForModel(options: ModelOptions): Promise<string | undefined> {
  const { prompts, flags, before } = options;
  if (flags.model !== undefined) {
    if (flags.model === "auto") return undefined;
    if (await isUnlisted(options, flags.model)) prompts.warn(unlisted(flags.model));
    return flags.model;
  }
  for (;;) {
    const answer = await prompts.text({
      flag: "--model",
      message: "Which model? (auto: opencode chooses)",
      initial: before || "auto",
      check: (text) => (text === "auto" ? undefined : settingProblem("OPENCODE_MODEL", text)),
    });
    if (answer === "auto") return undefined;
    if (answer === before || !(await isUnlisted(options, answer))) return answer;
    prompts.warn(unlisted(answer));
    const ask = { flag: "--model", message: "Use it anyway?", initial: false, needsPerson: true };
    if (await prompts.confirm(ask)) return answer;
  }
}

async function isUnlisted({ prompts, listed }: ModelOptions, model: string): Promise<boolean> {
  const names = await prompts.wait("Asking opencode for its models …", () => listed);
  return names.length > 0 && !names.includes(model);
}

const unlisted = (model: string) =>
  `opencode does not list ${model}. Log in to its provider with \`npx opencode auth login\`, or choose one that \`npx opencode models\` lists.`;
