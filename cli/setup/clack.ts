import * as clack from "@clack/prompts";
import { Cancelled, type Choice, type Prompts } from "./prompts.ts";

/** A person at this terminal. Ctrl-C and Esc throw `Cancelled`. */
export const terminal: Prompts = {
  isInteractive: true,
  secret: async ({ message, check }) => {
    const validate = (typed: string | undefined) => check((typed ?? "").trim());
    return given<string>(await clack.password({ message, validate })).trim();
  },
  text: async ({ message, placeholder = "", initial = "", check }) => {
    const validate = (typed: string | undefined) => check((typed ?? "").trim());
    const asked = { message, placeholder, initialValue: initial, validate };
    return given<string>(await clack.text(asked)).trim();
  },
  choose: async <Value extends string>({ message, options, initial }: Choice<Value>) => {
    const asked = { message, options: [...options], initialValue: initial as string };
    return given(await clack.select<string>(asked)) as Value;
  },
  confirm: async ({ message, initial = true }) =>
    given<boolean>(await clack.confirm({ message, initialValue: initial })),
  say: (line) => clack.log.success(wrapped(line)),
  warn: (line) => clack.log.warn(wrapped(line)),
  note: (lines, title) => clack.note(lines, title, { format: (line) => line }),
  commands: (lines, title) => {
    clack.log.step(title);
    process.stdout.write(`\n${lines.join("\n")}\n\n`);
  },
  wait: waitFor,
};

/** Broken between words: clack leaves that to the terminal, which breaks anywhere. */
function wrapped(text: string): string {
  const width = Math.max(40, (process.stdout.columns || 80) - 4);
  const lines = text.split("\n").map((line) => {
    let column = 0;
    const words = line.split(" ").map((word, index) => {
      const isNewLine = index > 0 && column + 1 + word.length > width;
      column = isNewLine ? word.length : column + word.length + (index > 0 ? 1 : 0);
      return (isNewLine ? "\n" : index > 0 ? " " : "") + word;
    });
    return words.join("");
  });
  return lines.join("\n");
}

function given<Answer>(answer: Answer | symbol): Answer {
  if (clack.isCancel(answer)) throw new Cancelled();
  return answer as Answer;
}

// Not clack's spinner: it ends the process by itself at Ctrl-C, with exit code 0.
async function waitFor<Result>(
  line: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  clack.log.step(line);
  const stop = new AbortController();
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const cancel = () => {
    reject(new Cancelled());
    stop.abort();
  };
  // Keys that are pressed meanwhile must not answer the next question.
  const onKeys = (keys: Buffer) => {
    if (keys.includes(3)) cancel();
  };
  process.stdin.setRawMode(true).on("data", onKeys).resume();
  process.once("SIGINT", cancel);
  try {
    return await Promise.race([work(stop.signal), cancelled]);
  } finally {
    process.off("SIGINT", cancel);
    process.stdin.off("data", onKeys).pause().setRawMode(false);
    stop.abort();
  }
}
