import type { MediaFile, MediaKind } from "../chat/media.ts";

/** A file that came with a prompt, before it is downloaded. */
export type NewFile = MediaFile;

/** Why a file is not there, and will not be. */
export type FileFault =
  /** Telegram does not give it. */
  | "refused"
  /** It is larger than a bot may load. */
  | "too large"
  /** It cannot be written to the agent's folder. */
  | "not saved"
  /** It could not be downloaded for a day. */
  | "given up";

/**
 * `waiting` to be downloaded, `saved` in its place, `failed` for good, or `removed` from its place after it was kept
 * long enough.
 */
export type FileState = "waiting" | "saved" | "failed" | "removed";

/** A text of a prompt; only `apart` stands between it and the text before. */
export interface TextPart {
  kind: "text";
  text: string;
}

/** A file of a prompt. */
export interface FilePart {
  kind: "file";
  id: number;
  promptId: number;
  /** The operator's message that it came with. */
  chatMessageId: number;
  media: MediaKind;
  fileId: string;
  original: string;
  /** Safe in any folder, and no other file of this prompt has it. */
  name: string;
  /** In bytes: as Telegram says, and as it is once it is saved. */
  size: number | undefined;
  state: FileState;
  /** Where it is, or is being written to; absolute. */
  path: string | undefined;
  fault: FileFault | undefined;
  /** How many attempts were made to download it. */
  attempts: number;
  /** When it came; milliseconds since the epoch. */
  addedAt: number;
  /** Its id in the opencode message. */
  partId: string;
}

/** A part of a prompt. */
export type PromptPart = TextPart | FilePart;

/** A row of the table `prompt_parts`. */
export interface PartRow {
  id: number;
  prompt_id: number;
  chat_message_id: number;
  media: MediaKind;
  file_id: string;
  original: string;
  name: string;
  size: number | null;
  state: FileState;
  path: string | null;
  fault: FileFault | null;
  attempts: number;
  due_at: number;
  told: number;
  added_at: number;
  part_id: string;
}

/** A file as the rest of the code knows it. */
export function toFilePart(row: PartRow): FilePart {
  return {
    kind: "file",
    id: row.id,
    promptId: row.prompt_id,
    chatMessageId: row.chat_message_id,
    media: row.media,
    fileId: row.file_id,
    original: row.original,
    name: row.name,
    size: row.size ?? undefined,
    state: row.state,
    path: row.path ?? undefined,
    fault: row.fault ?? undefined,
    attempts: row.attempts,
    addedAt: row.added_at,
    partId: row.part_id,
  };
}
