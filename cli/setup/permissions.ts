import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyEdits, modify, type ParseError, parse } from "jsonc-parser";
import { makeFolder } from "../../src/folder.ts";
import { opencodeFolders } from "../../src/host/operator-settings.ts";
import { replaceFile } from "../write-file.ts";
import type { permissionChoices } from "./flags.ts";
import { SetupError } from "./prompts.ts";

/** Where agents have to ask. */
export type PermissionChoice = Exclude<(typeof permissionChoices)[number], "keep">;

type Rule = "ask" | "allow";

const wanted: Record<PermissionChoice, Record<"bash" | "edit", Rule>> = {
  ask: { bash: "ask", edit: "ask" },
  commands: { bash: "ask", edit: "allow" },
  allow: { bash: "allow", edit: "allow" },
};

/** What changes in opencode's settings. */
export interface PermissionPlan {
  path: string;
  /** One line for each change; none when the settings say it already. */
  lines: string[];
  text: string;
}

/** The file of the user's own opencode settings: the one that opencode reads last, if there are several. */
export function opencodeSettings(env: Readonly<Record<string, string | undefined>>): string {
  const { config } = opencodeFolders(env);
  const jsonc = join(config, "opencode.jsonc");
  return existsSync(jsonc) ? jsonc : join(config, "opencode.json");
}

/**
 * What has to change in a settings file so that agents ask there, with all of its other keys, rules and
 * comments as they are. Nothing is written.
 * @throws SetupError for a file that is not JSON with comments.
 */
export function planPermissions(path: string, choice: PermissionChoice): PermissionPlan {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  let text = before.trim() === "" ? "{}\n" : before;
  const lines: string[] = [];
  for (const [key, rule] of Object.entries(wanted[choice])) {
    const rules = rulesIn(text, path);
    const now = effective(rules, key);
    // Opencode allows what no rule names.
    if (now === rule || (now === undefined && rule === "allow")) continue;
    const own = rules[key];
    if (typeof own === "object" && own !== null) {
      lines.push(`permission.${key}: has rules of its own, which stay`);
      continue;
    }
    text = withRule(text, key, rule);
    if (effective(rulesIn(text, path), key) !== rule) {
      // A later "*" would win over it, so it has to come last.
      text = withRule(withRule(text, key, undefined), key, rule);
    }
    lines.push(`permission.${key}: ${typeof now === "string" ? now : "not set"} → ${rule}`);
  }
  return { path, lines, text };
}

/** Writes the plan, as the file's owner only can read it when it is new. @throws what the system says. */
export function writePermissions({ path, text }: PermissionPlan): void {
  makeFolder(join(path, ".."), 0o700);
  replaceFile(path, text, 0o600);
}

function rulesIn(text: string, path: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SetupError(
      `${path} is not valid JSON; correct it, or leave it with --permissions keep.`,
    );
  }
  const { permission } = value as { permission?: unknown };
  // A word alone is the rule for everything.
  if (typeof permission === "string") return { "*": permission };
  return typeof permission === "object" && permission !== null ? { ...permission } : {};
}

/** The rule that opencode follows: the last one that fits. */
function effective(rules: Record<string, unknown>, key: string): unknown {
  return Object.entries(rules).findLast(([name]) => name === key || name === "*")?.[1];
}

function withRule(text: string, key: string, rule: Rule | undefined): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  const { permission } = parse(text) as { permission?: unknown };
  const base =
    typeof permission === "string"
      ? applyEdits(text, modify(text, ["permission"], { "*": permission }, { formattingOptions }))
      : text;
  return applyEdits(base, modify(base, ["permission", key], rule, { formattingOptions }));
}
