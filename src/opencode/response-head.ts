const longestHead = 32_768;
const end = "\r\n\r\n";

/** What is needed of the head of an HTTP/1.1 response. */
export interface ResponseHead {
  status: number;
  isChunked: boolean;
}

/** Reads the head of a response that comes in pieces. */
export class HeadReader {
  #read = "";
  /** The head, once all of it has come. */
  head: ResponseHead | undefined;

  /**
   * Takes in the first `length` bytes of a piece; to how many of them belong to the head.
   * @throws on what is no HTTP/1.1 response, or has a head without end.
   */
  take(piece: Buffer, length: number): number {
    let taken = 0;
    while (taken < length && !this.head) {
      const before = this.#read.length;
      this.#read += piece.toString("latin1", taken, length);
      const at = this.#read.indexOf(end, Math.max(0, before - end.length));
      if (at < 0 && this.#read.length <= longestHead) return length;
      if (at < 0) throw new Error("the server sent a head without end");
      taken += at + end.length - before;
      const head = headOf(this.#read.slice(0, at));
      this.#read = "";
      // An interim response comes before the real one.
      if (head.status >= 200) this.head = head;
    }
    return taken;
  }
}

function headOf(text: string): ResponseHead {
  const [first = "", ...fields] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error("the server does not speak HTTP/1.1");
  const isChunked = fields.some((field) => /^transfer-encoding:.*\bchunked\s*$/i.test(field));
  return { status: Number(status), isChunked };
}
