import { writeFile } from "node:fs/promises";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import type { Card } from "./card.ts";
import { documentName, documentText } from "./card-layout.ts";

/** Writes the document of a card that is too long for its messages; undefined when it needs none. */
export async function makeDocument(
  files: Pick<KeptFiles, "place" | "flush">,
  card: Card,
): Promise<KeptFile | undefined> {
  const text = documentText(card);
  if (text === undefined) return undefined;
  const file = await files.place(documentName(card));
  // It does not count among the files that wait: agents could fill that room, and block the cards.
  await writeFile(file.path, text, { mode: 0o600 });
  await files.flush(file);
  return file;
}
