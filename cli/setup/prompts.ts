import { terminalLines } from "../../src/terminal-text.ts";

/** What stops the set-up with one line for the person at the terminal, and no stack. */
export class SetupError extends Error {
  override name = "SetupError";
}

/** The person pressed Ctrl-C or Esc. */
export class Cancelled extends Error {
  override name = "Cancelled";
}

/** A question; `flag` is what answers it on the command line. */
export interface Question {
  flag: string;
  message: string;
  /** `--yes` does not answer it. */
  needsPerson?: boolean;
}

/** A question for a text. `check` says what is wrong with an answer, or returns undefined. */
export interface TextQuestion extends Question {
  initial?: string | undefined;
  placeholder?: string;
  check: (answer: string) => string | undefined;
}

/** A question with a few answers. */
export interface Choice<Value extends string> extends Question {
  options: readonly { value: Value; label: string; hint?: string }[];
  initial: Value;
}

/** Whoever answers the questions: a person at a terminal, or the flags alone. */
export interface Prompts {
  /** Whether a person can answer, and so try something again. */
  isInteractive: boolean;
  /** A text that is not shown. */
  secret: (question: TextQuestion) => Promise<string>;
  text: (question: TextQuestion) => Promise<string>;
  choose: <Value extends string>(question: Choice<Value>) => Promise<Value>;
  confirm: (question: Question & { initial?: boolean }) => Promise<boolean>;
  /** Something that was done or found. */
  say: (line: string) => void;
  /** Something to look at. */
  warn: (line: string) => void;
  /** Several lines that belong together. */
  note: (lines: string, title: string) => void;
  /** Commands to copy: nothing stands beside them. */
  commands: (lines: readonly string[], title: string) => void;
  /** Shows that something is awaited, which Ctrl-C ends. */
  wait: <Result>(line: string, work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;
}

/** Without a terminal: every question is an error that names the flag which answers it. */
export function nobody(write: (line: string) => void, signal: AbortSignal): Prompts {
  const refuse = async ({ flag, message, needsPerson }: Question): Promise<never> => {
    const usual = needsPerson === true ? "" : ", or accept the default answers with --yes";
    throw new SetupError(
      `There is no terminal to ask on: “${message}” Answer with ${flag}${usual}.`,
    );
  };
  return {
    isInteractive: false,
    secret: (question) => refuse({ ...question, needsPerson: true }),
    text: refuse,
    choose: refuse,
    confirm: refuse,
    say: write,
    warn: (line) => write(`! ${line}`),
    note: (lines, title) => write(`${title}\n${lines.replaceAll(/^/gm, "  ")}`),
    commands: (lines, title) => write([`${title}:`, "", ...lines, ""].join("\n")),
    wait: async (line, work) => {
      write(line);
      try {
        return await work(signal);
      } catch (error) {
        throw signal.aborted ? new Cancelled() : error;
      }
    },
  };
}

/** The same, but nothing that is shown can control the terminal: much of it comes from elsewhere. */
export function harmless(prompts: Prompts): Prompts {
  const { say, warn, note, commands, confirm, text, choose } = prompts;
  const clean = <Asked extends Question>(question: Asked): Asked => ({
    ...question,
    message: terminalLines(question.message),
  });
  return {
    ...prompts,
    text: (question) => text(clean(question)),
    choose: (question) => choose(clean(question)),
    confirm: (question) => confirm(clean(question)),
    say: (line) => say(terminalLines(line)),
    warn: (line) => warn(terminalLines(line)),
    note: (lines, title) => note(terminalLines(lines), terminalLines(title)),
    commands: (lines, title) => commands(lines.map(terminalLines), terminalLines(title)),
  };
}

/** With `--yes`: questions that have a usual answer get it, and only the others are asked. */
export function withUsualAnswers(prompts: Prompts): Prompts {
  const isUsual = (question: Question) => question.needsPerson !== true;
  return {
    ...prompts,
    text: async (question) =>
      question.initial !== undefined && isUsual(question)
        ? checked(question, question.initial)
        : prompts.text({ ...question, needsPerson: true }),
    choose: async (question) => (isUsual(question) ? question.initial : prompts.choose(question)),
    confirm: async (question) =>
      isUsual(question) ? (question.initial ?? true) : prompts.confirm(question),
  };
}

/** An answer that a question accepts. @throws SetupError for another one. */
export function checked({ flag, check }: TextQuestion, answer: string): string {
  const problem = check(answer);
  if (problem !== undefined) throw new SetupError(`${flag}: ${problem}`);
  return answer;
}
