const longestChunk = 2 ** 40;

/** Takes the framing of HTTP's chunked coding (RFC 9112, 7.1) out of a body that comes in pieces. */
export class ChunkedBody {
  #at: "size" | "extension" | "data" | "end" | "over" = "size";
  #left = 0;
  #digits = 0;

  /** The last chunk has come; what follows is no part of the body. */
  get isOver(): boolean {
    return this.#at === "over";
  }

  /**
   * Takes in the first `length` bytes of a piece, and moves those that are body to its start, where they
   * replace the others; to how many they are.
   * @throws on what is no chunked body.
   */
  take(piece: Uint8Array, length: number): number {
    let kept = 0;
    let at = 0;
    while (at < length && this.#at !== "over") {
      if (this.#at !== "data") {
        this.#frame(piece[at] ?? 0);
        at += 1;
        continue;
      }
      const end = Math.min(length, at + this.#left);
      piece.copyWithin(kept, at, end);
      kept += end - at;
      this.#left -= end - at;
      at = end;
      if (this.#left === 0) this.#at = "end";
    }
    return kept;
  }

  /** One byte of what is between the chunks. */
  #frame(byte: number): void {
    if (byte === carriageReturn) return;
    if (byte === lineFeed) return this.#endLine();
    if (this.#at === "extension") return;
    const digit = this.#at === "size" ? digitOf(byte) : -1;
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
    } else if (this.#digits > 0 && extensionBegins.has(byte)) {
      this.#at = "extension";
    } else {
      throw malformed();
    }
    if (this.#left > longestChunk) throw malformed();
  }

  #endLine(): void {
    if (this.#at === "end") {
      this.#at = "size";
      return;
    }
    if (this.#digits === 0) throw malformed();
    this.#digits = 0;
    this.#at = this.#left === 0 ? "over" : "data";
  }
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
// A semicolon, or white space before it.
const extensionBegins = new Set([0x3b, 0x20, 0x09]);

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const malformed = () => new Error("the server sent no chunked body");
