import type { PermissionRequest, QuestionInfo } from "../opencode/client.ts";
import { splitText } from "../chat/split.ts";

// Room is left below Telegram's 4096 for the line that says how it was decided.
const maxCardLength = 3800;

/** A text and the formatted ranges in it (Bot API MessageEntity, UTF-16 units). */
export interface FormattedText {
  text: string;
  entities: { type: "pre"; offset: number; length: number }[];
}

/** One button of a card: what it says and what pressing it means. */
export interface Choice {
  label: string;
  action: Action;
}

/** What a button does; kept with its one-time key. */
export type Action =
  | { type: "permission"; reply: "once" | "always" | "reject" }
  | { type: "choose"; label: string }
  | { type: "toggle"; label: string }
  | { type: "submit" }
  | { type: "dismiss" };

/** What asks for a permission: the full command or the patterns, never shortened. */
export function permissionText(agent: string, request: PermissionRequest): FormattedText {
  const command = request.metadata["command"];
  const what =
    typeof command === "string" && command !== "" ? command : request.patterns.join("\n");
  const head = `${agent} asks for permission: ${request.permission}\n`;
  const always =
    request.always.length > 0 ? `\nAlways would allow: ${request.always.join(", ")}` : "";
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

/** The buttons of a question: its options, Done where several may be chosen, and Dismiss. */
export function questionChoices(question: QuestionInfo, chosen: string[]): Choice[] {
  const options = question.options.map(({ label }): Choice => {
    if (!question.multiple) return { label, action: { type: "choose", label } };
    const mark = chosen.includes(label) ? "☑ " : "";
    return { label: `${mark}${label}`, action: { type: "toggle", label } };
  });
  const done: Choice[] = question.multiple ? [{ label: "Done", action: { type: "submit" } }] : [];
  return [...options, ...done, { label: "Dismiss", action: { type: "dismiss" } }];
}

/** The beginning of a text that is too long for its place, with `…` for what was left out. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text.toWellFormed() : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** A text cut into messages, each with its share of the formatting; nothing is left out. */
export function cardParts({ text, entities }: FormattedText): FormattedText[] {
  const whole = text.toWellFormed();
  let end = 0;
  const parts = splitText(text, maxCardLength).map((part) => {
    // Parts of nothing but white space are left out, so this one may begin further on.
    const offset = whole.indexOf(part, end);
    end = offset + part.length;
    return {
      text: part,
      entities: entities.flatMap((entity) => clip(entity, offset, part.length)),
    };
  });
  return parts.length > 0 ? parts : [{ text, entities }];
}

function clip(entity: FormattedText["entities"][number], start: number, length: number) {
  const from = Math.max(entity.offset, start);
  const to = Math.min(entity.offset + entity.length, start + length);
  return to > from ? [{ ...entity, offset: from - start, length: to - from }] : [];
}
