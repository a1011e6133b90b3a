import { userInfo } from "node:os";
import { reachedHost } from "../local-url.ts";
import type { Answers } from "./ask.ts";
import type { runChoices } from "./flags.ts";
import { waitUntilReady } from "./ready.ts";
import type { SetupOptions } from "./options.ts";
import { portState } from "./port.ts";
import { SetupError } from "./prompts.ts";
import { bridge, startInTmux, tmuxFault } from "./tmux-run.ts";
import {
  installUnit,
  isSystemUnitPossible,
  systemUnitCommands,
  unitFault,
  unitProblem,
} from "./unit.ts";

/** How Switchboard is to run. */
export type RunChoice = (typeof runChoices)[number];

/** Starts Switchboard as it is wanted, waits until it is ready and runs the doctor. Returns the exit code. */
export async function runSwitchboard(
  options: SetupOptions,
  answers: Answers,
  how: RunChoice,
): Promise<number> {
  const { prompts, flags, processes, folder, signal } = options;
  const isPull = answers.address.receive === "pull";
  if (how === "print") {
    const { username, homedir } = userInfo();
    const place = { checkout: options.checkout, user: username, home: homedir };
    const commands = systemUnitCommands(place, isPull);
    prompts.commands(commands, "Run this as an administrator, in this folder");
    prompts.say("Then `npm run doctor` checks everything, and you can write to your bot.");
    return 0;
  }
  if (how === "no") {
    const pull = isPull ? "`npm start` and `npm run pull`, each in a terminal" : "`npm start`";
    prompts.say(`Start it with ${pull}; then \`npm run doctor\` checks everything.`);
    return 0;
  }
  if (how === "service") await installUnit(options, isPull);
  else await startInTmux(processes, folder, isPull);
  const where = how === "service" ? "journalctl --user -u switchboard" : `tmux attach -t ${bridge}`;
  const fault = () => (how === "service" ? unitFault(options) : tmuxFault(processes));
  const url = `http://${reachedHost(answers.host)}:${answers.port}`;
  const missing = await prompts.wait("Waiting until Switchboard is ready …", (ending) =>
    waitUntilReady({ url, fault, signal: ending }),
  );
  if (missing === undefined) prompts.say(`Switchboard is running; ${where} shows its log.`);
  else prompts.warn(`Switchboard is not ready (${where} shows its log):\n${missing}`);
  signal.throwIfAborted();
  const failed = flags.isDoctorWanted
    ? await processes.show("npm", ["run", "--silent", "doctor"])
    : 0;
  if (failed !== 0 || missing !== undefined) return 1;
  prompts.say(`Write to @${answers.bot.account.username} in Telegram; your agent will answer.`);
  return 0;
}

/** The flag's answer, or the person's. @throws SetupError for a service that this machine cannot have. */
export async function askHow(options: SetupOptions, answers: Answers): Promise<RunChoice> {
  const { flags, prompts } = options;
  if (flags.run === "tmux" || flags.run === "no") return flags.run;
  const problem = await unitProblem(options);
  if (flags.run === "service") {
    if (problem === undefined) return flags.run;
    throw new SetupError(`--run service is not possible: ${problem}; use --run tmux.`);
  }
  const isService = problem === undefined;
  const isSystemService = isSystemUnitPossible(options);
  if (flags.run === "print") {
    if (isSystemService) return flags.run;
    throw new SetupError("--run print needs systemd and a user other than root; use --run tmux.");
  }
  const service = {
    value: "service",
    label: "As a service of your user",
    hint: "starts at boot",
  } as const;
  const system = {
    value: "print",
    label: "As a system service",
    hint: "starts at boot; prints the commands, which need sudo",
  } as const;
  const running = await runningAs(options, answers);
  if (running === "elsewhere") prompts.warn(runsElsewhere);
  const usual = isService ? "service" : "tmux";
  return prompts.choose<RunChoice>({
    flag: "--run",
    message: "How should Switchboard run?",
    initial: running === "elsewhere" ? "no" : (running ?? usual),
    options: [
      ...(isService ? [service] : []),
      ...(isSystemService ? [system] : []),
      {
        value: "tmux",
        label: `In the tmux session “${bridge}”`,
        hint: "until this machine restarts",
      },
      { value: "no", label: "Not now" },
    ],
  });
}

const runsElsewhere =
  "Switchboard is already running, but setup did not start it: restart it afterwards, so that it reads the new settings.";

/** How Switchboard runs now; undefined when it does not. */
async function runningAs(
  { processes, look = portState }: SetupOptions,
  { host, port }: Answers,
): Promise<"service" | "tmux" | "elsewhere" | undefined> {
  const succeeds = async (program: string, ...args: string[]) =>
    (await processes.run(program, args)).code === 0;
  if (await succeeds("systemctl", "--user", "is-active", "switchboard.service")) return "service";
  if (await succeeds("tmux", "has-session", "-t", `=${bridge}`)) return "tmux";
  return (await look(host, port)) === "Switchboard" ? "elsewhere" : undefined;
}
