// Most bytes of a name, and of its ending among them; a file system takes 255.
const mostBytes = 100;
const mostEndingBytes = 20;

const separators = /[/\\]/;
// What a shell acts on if a program forgets to quote it.
const dangerous = /[`$;&|<>"'*?:]/g;
// What a terminal obeys, and what hides characters or changes their order, so that a false extension could be shown.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/**
 * A name for a file in a folder of its own that is safe in any file system and shell, and still readable: without
 * folders, control characters, leading dots or dashes, of at most 100 bytes, with its extension kept. `usual` is the
 * name if nothing is left.
 */
export function safeName(original: string, usual = "file"): string {
  const last = original.split(separators).findLast((part) => part.trim() !== "") ?? "";
  const visible = last
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(invisible, "")
    .replaceAll(dangerous, "_")
    .replaceAll(/\s+/gu, " ")
    .replace(/^[\s.\-~]+/u, "")
    .replace(/[\s.]+$/u, "");
  if (visible === "") return usual;
  const ending = endingOf(visible);
  const stem = visible.slice(0, visible.length - ending.length);
  return `${withinBytes(stem, mostBytes - Buffer.byteLength(ending))}${ending}`;
}

/** The same, but different from every name in `taken`, ignoring case. */
export function distinctName(original: string, taken: readonly string[], usual?: string): string {
  const isTaken = new Set(taken.map((name) => name.toLowerCase()));
  const name = safeName(original, usual);
  const ending = endingOf(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; ; number++) {
    const mark = number === 1 ? "" : `-${number}`;
    const room = mostBytes - Buffer.byteLength(`${mark}${ending}`);
    const candidate = `${withinBytes(stem, room)}${mark}${ending}`;
    if (!isTaken.has(candidate.toLowerCase())) return candidate;
  }
}

function endingOf(name: string): string {
  const ending = /(?<=.)\.[^.\s]+$/u.exec(name)?.[0] ?? "";
  return Buffer.byteLength(ending) <= mostEndingBytes ? ending : "";
}

/** The beginning of a text, cut between characters as readers see them. */
function withinBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (Buffer.byteLength(kept + segment) > most) break;
    kept += segment;
  }
  return kept.trimEnd();
}
