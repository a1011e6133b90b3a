import { AssertionError } from "node:assert";
import type { Ended, Processes } from "../../cli/setup/processes.ts";
import { Cancelled, type Prompts } from "../../cli/setup/prompts.ts";

/** What the person does at one question or one wait: its text, and the answer; `undefined` presses Ctrl-C. */
export type Step = [about: RegExp, answer: string | boolean | (() => unknown) | undefined];

/** A person with a fixed list of answers, and what they were shown. */
export interface Person extends Prompts {
  /** Everything that was said, noted or warned of, in order. */
  shown: string[];
  /** Every question that was asked. */
  questions: string[];
  /** Throws while an answer was not asked for. */
  done: () => void;
}

/**
 * Answers questions in the order of `steps`; one that does not come next is an error. A step with a
 * function is done while something is awaited; waits without a step go on by themselves.
 */
export function person(...steps: Step[]): Person {
  const shown: string[] = [];
  const questions: string[] = [];
  const next = (message: string): string | boolean => {
    questions.push(message);
    const [about, answer] = steps.shift() ?? [];
    if (!about?.test(message)) {
      throw new AssertionError({ message: `asked “${message}”, and not ${String(about)}` });
    }
    if (answer === undefined) throw new Cancelled();
    return answer as string | boolean;
  };
  const line = (text: string) => void shown.push(text);
  return {
    isInteractive: true,
    shown,
    questions,
    done: () => {
      if (steps.length > 0)
        throw new AssertionError({ message: `never asked: ${String(steps[0])}` });
    },
    secret: async ({ message, check }) => accepted(shown, check, () => String(next(message))),
    text: async ({ message, check, initial }) =>
      accepted(shown, check, () => {
        const answer = next(message);
        // Enter alone.
        return answer === true ? (initial ?? "") : String(answer);
      }),
    choose: async <Value extends string>({
      message,
      options,
      initial,
    }: Parameters<Prompts["choose"]>[0] & { initial: Value }) => {
      const answer = next(message);
      if (answer === true) return initial;
      const found = options.find(({ value }) => value === answer);
      if (!found) throw new AssertionError({ message: `“${message}” has no ${String(answer)}` });
      return found.value as Value;
    },
    confirm: async ({ message }) => Boolean(next(message)),
    say: line,
    warn: (text) => line(`! ${text}`),
    note: (lines, title) => line(`${title}\n${lines}`),
    commands: (lines, title) => line([title, ...lines].join("\n")),
    wait: async (text, work) => {
      const isStep = steps[0]?.[0].test(text) ?? false;
      const act = isStep ? steps.shift()?.[1] : true;
      if (act === undefined) throw new Cancelled();
      const stop = new AbortController();
      const working = work(stop.signal);
      // An error comes when it is awaited, below.
      working.catch(() => undefined);
      if (typeof act === "function") await act();
      try {
        return await working;
      } finally {
        stop.abort();
      }
    },
  };
}

/** Asks again until `check` has nothing to say. */
function accepted(
  shown: string[],
  check: (answer: string) => string | undefined,
  ask: () => string,
): string {
  for (;;) {
    const answer = ask();
    const problem = check(answer);
    if (problem === undefined) return answer;
    shown.push(problem);
  }
}

/** Programs that answer by their command lines; every other one does not exist. */
export function fakeProcesses(answers: Record<string, Ended | (() => Ended)> = {}) {
  const commands: string[] = [];
  const answer = (program: string, args: readonly string[]): Ended => {
    const command = [program, ...args].join(" ");
    commands.push(command);
    const key = Object.keys(answers).find((start) => command.startsWith(start));
    const found = key === undefined ? undefined : answers[key];
    return (typeof found === "function" ? found() : found) ?? { code: undefined, output: "" };
  };
  const processes: Processes = {
    run: async (program, args) => answer(program, args),
    show: async (program, args) => answer(program, args).code ?? 127,
  };
  return { processes, commands };
}
