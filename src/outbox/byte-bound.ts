import type { Refusal } from "../errors.ts";

/** Counts bytes that are held at the same time, up to a limit. */
export class ByteBound {
  /** Most bytes at a time. */
  limit: number;
  #used = 0;
  #refusal: () => Refusal;

  /** `refusal` makes what is thrown beyond `limit` bytes. */
  constructor(limit: number, refusal: () => Refusal) {
    this.limit = limit;
    this.#refusal = refusal;
  }

  /** The bytes held now. */
  get used(): number {
    return this.#used;
  }

  /**
   * Counts bytes that are about to be held.
   * @throws the refusal when there is no room for them; they do not count then.
   */
  take(bytes: number): void {
    if (this.#used + bytes > this.limit) throw this.#refusal();
    this.#used += bytes;
  }

  /** Counts bytes that are held already, whatever the limit. */
  add(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives bytes back. */
  release(bytes: number): void {
    this.#used -= bytes;
  }
}
