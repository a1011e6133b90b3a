import { type FormattedText, splitFormatted } from "../chat/formatted-text.ts";
import type { PermissionRequest, QuestionInfo } from "../opencode/client.ts";
import type { Action } from "./card.ts";

// Room is left below Telegram's 4096 for the line that says how it was decided.
const maxCardLength = 3800;

/** One button of a card: what it says and what pressing it means. */
export interface Choice {
  label: string;
  action: Action;
}

/** What asks for a permission: the full command or the patterns, never shortened. */
export function permissionText(agent: string, request: PermissionRequest): FormattedText {
  const command = request.metadata["command"];
  const what =
    typeof command === "string" && command !== "" ? command : request.patterns.join("\n");
  const isCommand = request.permission === "bash";
  const head = isCommand
    ? `${agent} wants to run:\n`
    : `${agent} asks for permission: ${request.permission}\n`;
  const always =
    request.always.length > 0 ? `\n“Always” also allows: ${request.always.join(", ")}` : "";
  const shown = what === "" ? request.permission : what;
  return {
    text: `${head}${shown}${always}`,
    entities: [{ type: "pre", offset: head.length, length: shown.length }],
  };
}

/** The buttons of a permission. */
export const permissionChoices: Choice[] = [
  { label: "Allow once", action: { type: "permission", reply: "once" } },
  { label: "Always", action: { type: "permission", reply: "always" } },
  { label: "Reject", action: { type: "permission", reply: "reject" } },
];

/** One question of a request, its options described. */
export function questionText(
  agent: string,
  question: QuestionInfo,
  chosen: string[],
): FormattedText {
  const options = question.options.map(({ label, description }) => {
    const mark = chosen.includes(label) ? "☑" : "•";
    return description ? `${mark} ${label}: ${description}` : `${mark} ${label}`;
  });
  const hint = question.multiple ? ["Choose any, then Done."] : [];
  return {
    text: [`${agent} asks: ${question.question}`, ...options, ...hint].join("\n"),
    entities: [],
  };
}

/** Declines to answer; every question has it, so that none can block its agent. */
export const dismissChoice: Choice = { label: "Dismiss", action: { type: "dismiss" } };

/** The buttons of a question: its options, Done where several may be chosen, and Dismiss. */
export function questionChoices(question: QuestionInfo, chosen: string[]): Choice[] {
  const options = question.options.map(({ label }): Choice => {
    if (!question.multiple) return { label, action: { type: "choose", label } };
    const mark = chosen.includes(label) ? "☑ " : "";
    return { label: `${mark}${label}`, action: { type: "toggle", label } };
  });
  const done: Choice[] = question.multiple ? [{ label: "Done", action: { type: "submit" } }] : [];
  return [...options, ...done, dismissChoice];
}

/** The messages a card takes. */
export function cardParts(text: FormattedText): FormattedText[] {
  return splitFormatted(text, maxCardLength);
}
