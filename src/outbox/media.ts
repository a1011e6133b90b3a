import { extname } from "node:path";
import { type FileKind, kindOfFile } from "../chat/file-kind.ts";
import { type KeptFile, maxFileBytes } from "./kept-files.ts";
import { fileMethods } from "./plain-files.ts";
import type { SaidPart } from "./say.ts";

/** A file with what Telegram is to make of it. */
export interface Media {
  type: keyof typeof fileMethods;
  file: KeptFile;
}

/** A caption with its formatting, as fields of a call. */
export type CaptionFields = object;

/** What Telegram shows as a photo (Bot API, sendPhoto): the size of the file, of its sides, and their ratio. */
const maxPhotoBytes = 10 * 1024 * 1024;
const maxSides = 10_000;
const maxRatio = 20;
const photoTypes = new Set(["image/png", "image/jpeg", "image/webp"]);
// The whole name is no longer than other names are.
const longestStem = 120;
/** Most files of an album (Bot API, sendMediaGroup). */
const maxAlbum = 10;
// The whole request counts, with what is around the files.
const maxAlbumBytes = maxFileBytes - 1024 * 1024;

/**
 * How a copy is sent, by its content: if it is to be shown, as a photo or video where Telegram shows it as one, else as
 * a document. If the name of a picture, PDF, audio file or video has no extension, it gets the one of its content, by
 * which a phone knows what opens it.
 */
export async function mediaOf(file: KeptFile): Promise<Media> {
  // What is wrong with it is said when it is sent.
  const kind = await kindOfFile(file.path).catch(() => undefined);
  if (!kind) return { type: "document", file };
  const name = extname(file.name) === "" ? withEnding(file.name, kind) : file.name;
  return { type: file.isShown ? shownAs(kind, file.bytes) : "document", file: { ...file, name } };
}

function withEnding(name: string, { kind, extension }: FileKind): string {
  const isNamed = kind === "text" || kind === "other" || extension === undefined;
  return isNamed ? name : `${name.slice(0, longestStem).toWellFormed()}.${extension}`;
}

function shownAs({ kind, mime, width, height }: FileKind, bytes: number): Media["type"] {
  if (kind === "video" && mime === "video/mp4") return "video";
  if (!photoTypes.has(mime) || width === undefined || height === undefined) return "document";
  const isShown =
    bytes <= maxPhotoBytes &&
    width + height <= maxSides &&
    Math.max(width / height, height / width) <= maxRatio;
  return isShown ? "photo" : "document";
}

/**
 * The calls that send files in their order, as few as possible: photos and videos that follow each other are
 * albums, and so are documents. The caption is that of the first file. An album has no buttons, so with
 * `isLastAlone` the last file is a message of its own.
 */
export function mediaParts(
  files: readonly Media[],
  caption: CaptionFields | undefined,
  isLastAlone = false,
): SaidPart[] {
  const albums: Media[][] = [];
  for (const [index, media] of files.entries()) {
    const album = albums.at(-1);
    const isAlone = isLastAlone && index === files.length - 1;
    if (album && !isAlone && fits(album, media)) album.push(media);
    else albums.push([media]);
  }
  return albums.map((album, index) => partOf(album, index === 0 ? caption : undefined));
}

function fits(album: readonly Media[], media: Media): boolean {
  const [first] = album;
  const bytes = album.reduce((sum, { file }) => sum + file.bytes, media.file.bytes);
  const isSame = (first?.type === "document") === (media.type === "document");
  return isSame && album.length < maxAlbum && bytes <= maxAlbumBytes;
}

function partOf([first, ...more]: Media[], caption: CaptionFields | undefined): SaidPart {
  if (!first) throw new TypeError("a part has at least one file");
  const fileBytes = more.reduce((sum, { file }) => sum + file.bytes, first.file.bytes);
  if (more.length === 0) {
    const { type } = first;
    const fields = { ...sourceOf(first, type), ...caption };
    return { method: fileMethods[type], fields, fileBytes };
  }
  const media = [first, ...more].map((one, index) => ({
    type: one.type,
    ...sourceOf(one, "media"),
    ...(index === 0 && caption),
  }));
  return { method: "sendMediaGroup", fields: { media }, fileBytes };
}

function sourceOf({ type, file: { path, name } }: Media, field: string): object {
  return { [field]: { path, name }, ...(type === "video" && { supports_streaming: true }) };
}
