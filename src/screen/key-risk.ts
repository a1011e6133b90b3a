import { createHash } from "node:crypto";
import { draftCard } from "../cards/card.ts";
import { contentsOf } from "../cards/card-text.ts";
import { shortened } from "../chat/formatted-text.ts";
import { PERMISSION_CHOICES, readScreen } from "../delivery/tui.ts";
import type { Decision } from "../opencode/session-reader.ts";
import type { Key } from "../tmux/key.ts";
import type { StyledLook } from "../tmux/pane.ts";
import { texts } from "../texts/texts.ts";
import { isArrow, keyLabel, mayQuit } from "./key-names.ts";
import { dialogRows, markedWord, plainText } from "./shown-text.ts";

/** What a key might do that its operator did not intend. */
export interface Risk {
  /** What the operator is asked. */
  text: string;
  /** What they agree to: a token for this key, these decisions and the choice that is marked on the screen. */
  agreed: string;
}

/** What is known when a key is about to be pressed. */
export interface Situation {
  agent: string;
  look: StyledLook;
  /** What opencode lists; undefined when it does not answer. */
  decisions: readonly Decision[] | undefined;
  /** Somebody has opened another session in the terminal, whose decisions are not known. */
  isElsewhere: boolean;
  /** The screen may not show yet what the key before did. */
  isOld: boolean;
}

const longestContent = 1500;
// Of several each is shown, since opencode's list does not say which of them is on the screen.
const longestTogether = 3000;
const shortestContent = 60;

/** What a key might do now; undefined when it may be pressed at once. */
export function riskOf(key: Key, situation: Situation): Risk | undefined {
  const { agent, look } = situation;
  const screen = readScreen({ ...look, text: plainText(look.text) });
  const words = { agent, key: keyLabel(key) };
  if (hasDecision(situation)) {
    return isArrow(key)
      ? undefined
      : { text: decides(key, situation), agreed: token(key, situation) };
  }
  const isEmpty = !screen.ready || screen.box.empty || situation.isOld;
  if (mayQuit(key) && (isEmpty || key === "C-z")) {
    return { text: texts.screen.quits(words), agreed: digest([key, "quits"]) };
  }
  if (isArrow(key)) return undefined;
  if (situation.isElsewhere) {
    const text = texts.screen.elsewhere(words);
    return { text, agreed: digest([key, look.title, ...dialogRows(look.text)]) };
  }
  if (situation.decisions === undefined) {
    return { text: texts.screen.mayDecide(words), agreed: digest([key, "unknown"]) };
  }
  return undefined;
}

/** Whether an agent waits for a decision, according to opencode or to its terminal. */
export function hasDecision({ look, decisions }: Pick<Situation, "look" | "decisions">): boolean {
  if (decisions && decisions.length > 0) return true;
  const { dialog } = readScreen({ ...look, text: plainText(look.text) });
  return dialog === "permission" || dialog === "question";
}

function decides(key: Key, { agent, look, decisions = [] }: Situation): string {
  const label = keyLabel(key);
  const marked =
    key === "Enter" ? markedWord(dialogRows(look.text), choices(decisions)) : undefined;
  const what =
    marked === undefined
      ? texts.screen.wouldDecide({ key: label })
      : texts.screen.wouldChoose({ key: label, choice: marked });
  const heading = texts.screen.waits({ agent, more: Math.max(0, decisions.length - 1) });
  return [heading, ...contentsIn(agent, decisions), what]
    .filter((part) => part !== "")
    .join("\n\n");
}

function contentsIn(agent: string, decisions: readonly Decision[]): string[] {
  const room = Math.max(shortestContent, Math.floor(longestTogether / decisions.length));
  return decisions.map((decision) => {
    const contents = contentsOf(draftCard(agent, decision, {}));
    const text = contents.map(({ body }) => body.text).join("\n");
    return shortened(text, Math.min(longestContent, room));
  });
}

/** The words of opencode's dialog that may be marked; none where it may be a permission's or a question's. */
function choices(decisions: readonly Decision[]): string[] {
  const questions = decisions.flatMap((one) =>
    one.kind === "question" ? one.request.questions : [],
  );
  if (questions.length === 0) return PERMISSION_CHOICES;
  if (decisions.some(({ kind }) => kind === "permission")) return [];
  return questions.flatMap(({ options }) => options.map(({ label }) => label));
}

function token(key: Key, { look, decisions = [] }: Situation): string {
  const ids = decisions.map(({ id }) => id).toSorted();
  return digest([key, ...ids, ...dialogRows(look.text)]);
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
