import { cpSync, mkdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Inside } from "./inside.ts";
import { copied, type Instruction, variables } from "./dockerfile.ts";

/** A step of the image, for those who want to know how long it took. */
export interface Step {
  what: string;
  ms: number;
}

/**
 * Does in a root what a Dockerfile says: its very RUN steps, its COPYs from `context`. The root stands for
 * the image of FROM. `env` is what a builder adds, for the network say. Says each step when it is done.
 */
export async function buildImage(
  inside: Inside,
  instructions: readonly Instruction[],
  context: string,
  env: Readonly<Record<string, string>>,
  done: (step: Step) => void,
): Promise<void> {
  const set: Record<string, string> = { ...env };
  let user = "root";
  let cwd = "/";
  for (const one of instructions) {
    const began = performance.now();
    if (one.name === "ENV") Object.assign(set, variables(one));
    if (one.name === "USER") user = one.text;
    if (one.name === "WORKDIR") {
      cwd = one.text;
      mkdirSync(join(inside.root, cwd), { recursive: true });
    }
    if (one.name === "COPY") copyInto(inside.root, cwd, context, one);
    if (one.name === "RUN") await inside.run(["sh", "-c", one.text], { user, cwd, env: set });
    done({ what: `${one.name} ${one.text}`, ms: performance.now() - began });
  }
}

/** As Docker does: a folder's content goes into the target, a file into it where it ends with a slash. */
function copyInto(root: string, cwd: string, context: string, instruction: Instruction): void {
  const { sources, target } = copied(instruction);
  const to = join(root, target.startsWith("/") ? "" : cwd, target);
  for (const source of sources) {
    const from = join(context, source);
    const isInto = target.endsWith("/") && !statSync(from).isDirectory();
    cpSync(from, isInto ? join(to, basename(source)) : to, { recursive: true });
  }
}
