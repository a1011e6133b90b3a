import { codeBlock, type FormattedText, joined, shortened } from "../chat/formatted-text.ts";
import { splitFormatted } from "../chat/markdown/render.ts";
import { maxTextLength } from "../chat/limits.ts";
import { withoutCommands } from "../chat/markdown/taps.ts";
import { texts } from "../texts/texts.ts";
import type { Card } from "./card.ts";
import { type CardContent, contentOf, contentsOf, decideHint, headOf } from "./card-text.ts";

// With the head, and the line that says how it was decided, this stays below Telegram's 4096.
const maxPartLength = 3300;
/** A longer content is sent as a document. */
const maxParts = 3;

const headLength = 1400;
const tailLength = 900;
const maxFooterLength = 400;
// What Telegram refused may be too long in a way that we do not know of.
const maxPlainLength = 1500;

/** The texts of a card's messages; the buttons stand under the last one. */
export interface CardLayout {
  parts: FormattedText[];
  /** Only a beginning and an end are shown: all of it is in the card's document. */
  isAttached: boolean;
  /** The last text without formatting, shortened. */
  plain: string;
  /** Nothing of the last text is left out in `plain`, or it is attached. */
  isPlainWhole: boolean;
  /** What stands in place of the last text when not all of the card was sent. */
  incomplete: string;
}

/** The messages of a card as it is now. */
export function layoutOf(card: Card): CardLayout {
  const content = contentOf(card);
  const pieces = piecesOf(content);
  // The marks of what was chosen make a question longer; its document was written without them.
  const isAttached = pieces.length > maxParts && hasDocument(card);
  const bodies = isAttached ? [summary(content, documentName(card))] : pieces;
  const before = hasDocument(card) && card.chosen.length === 1 ? 1 : 0;
  const heads = bodies.map((_, index) => headOf(card, before + index + 1, before + bodies.length));
  const last = isAttached ? content.body.text : (bodies.at(-1)?.text ?? "");
  const attached = isAttached ? `\n${attachment(content, documentName(card))}` : "";
  const notWhole = texts.cards.notWhole({ decide: decideHint(card) });
  const unformatted = withoutCommands(shortened(last, maxPlainLength), maxTextLength);
  const plain = `${heads.at(-1)}\n${unformatted}${attached}`;
  return {
    parts: bodies.map((text, index) => joined(`${heads[index]}\n`, text)),
    isAttached,
    plain,
    isPlainWhole: isAttached || last.length <= maxPlainLength,
    incomplete: `${heads.at(-1)}\n${unformatted}\n\n${notWhole}`,
  };
}

/** What a card's document holds: all that is asked; undefined for a card that needs none. */
export function documentText(card: Card): string | undefined {
  if (!hasDocument(card)) return undefined;
  return contentsOf(card)
    .map((content) => `${whole(content).text}\n`)
    .join("\n");
}

/** The name of a card's document in the chat. */
export function documentName({ number }: Card): string {
  return `card-${number}.txt`;
}

/** The caption of a card's document, which goes before its other messages. */
export function documentCaption(card: Card): string {
  return headOf(card, 1, layoutOf(card).parts.length + 1);
}

function hasDocument(card: Card): boolean {
  return contentsOf(card).some((content) => piecesOf(content).length > maxParts);
}

function piecesOf(content: CardContent): FormattedText[] {
  const text = whole(content);
  const pieces = splitFormatted(text, maxPartLength);
  // Also a card of which nothing is seen has a message, for its buttons.
  return pieces.length > 0 ? pieces : [text];
}

function whole({ body, footer }: CardContent): FormattedText {
  return joined(body, footer === "" ? "" : `\n${footer}`);
}

function summary({ body, isCode, footer }: CardContent, name: string): FormattedText {
  const { text } = body;
  const left = text.length - headLength - tailLength;
  const shown = (part: string) => (isCode ? codeBlock(part.toWellFormed()) : part.toWellFormed());
  const ends =
    left <= 0
      ? [body]
      : [
          shown(text.slice(0, headLength)),
          `\n${texts.cards.leftOut({ characters: left })}\n`,
          shown(text.slice(-tailLength)),
        ];
  return joined(
    ...ends,
    `\n${attachment({ body }, name)}`,
    footer === "" ? "" : `\n${shortened(footer, maxFooterLength)}`,
  );
}

function attachment({ body }: Pick<CardContent, "body">, name: string): string {
  return texts.cards.attached({ characters: body.text.length, name });
}
