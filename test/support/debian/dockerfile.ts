/** An instruction of a Dockerfile: its name and the words behind it, with continued lines joined. */
export interface Instruction {
  name: string;
  text: string;
}

/** What a container is made of, beside its files. */
export interface ImageSettings {
  env: Record<string, string>;
  user: string;
  workdir: string;
  /** The words of ENTRYPOINT and CMD. */
  command: string[];
  /** What HEALTHCHECK runs in a shell. */
  healthcheck: string;
}

/** The instructions of a Dockerfile, in order. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
  const joined = lines.join("\n").replaceAll(/\\\n\s*/g, " ");
  return joined
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === "") throw new Error(`not an instruction: ${line}`);
      return { name, text: rest.trim() };
    });
}

/** The sources and the target of a COPY; options such as `--chown` are left out. */
export function copied({ text }: Instruction): { sources: string[]; target: string } {
  const paths = text.split(/\s+/).filter((word) => !word.startsWith("--"));
  return { sources: paths.slice(0, -1), target: paths.at(-1) ?? "" };
}

/** The variables of an ENV, `$NAME` not replaced. */
export function variables({ text }: Instruction): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([A-Z_]+)=(\S*)/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** The words of an instruction in JSON form. */
export function words({ text }: Instruction): string[] {
  return JSON.parse(text) as string[];
}

/** What the instructions say of a container, whatever files they make. */
export function imageSettings(instructions: readonly Instruction[]): ImageSettings {
  const settings: ImageSettings = {
    env: {},
    user: "root",
    workdir: "/",
    command: [],
    healthcheck: "",
  };
  for (const one of instructions) {
    if (one.name === "ENV") Object.assign(settings.env, variables(one));
    if (one.name === "USER") settings.user = one.text;
    if (one.name === "WORKDIR") settings.workdir = one.text;
    if (one.name === "ENTRYPOINT" || one.name === "CMD") settings.command.push(...words(one));
    if (one.name === "HEALTHCHECK") settings.healthcheck = one.text.replace(/^.*?\bCMD /, "");
  }
  return settings;
}
