import type { AllowList } from "./operators.ts";

/** Where the new ids of groups outlive the process. */
export interface MigrationMemory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

const key = "migrated_chats";

/**
 * The chats and users of the settings. A group that became a supergroup has another id since (Bot API,
 * ResponseParameters): it is allowed too while the old one is in the settings.
 */
export class Allowed implements AllowList {
  readonly chats: number[];
  readonly users: number[];
  #memory: MigrationMemory;
  #migrations: [from: number, to: number][] = [];

  constructor({ chats, users }: AllowList, memory: MigrationMemory) {
    this.chats = [...chats];
    this.users = [...users];
    this.#memory = memory;
  }

  /** Reads the ids of earlier starts. */
  async load(): Promise<void> {
    const stored = (await this.#memory.get(key)) ?? "[]";
    this.#migrations = JSON.parse(stored) as [number, number][];
    for (const [from, to] of this.#migrations) this.#allow(from, to);
  }

  /** Allows the new id of a group for good; nothing for a chat that is not allowed. */
  async follow(from: number, to: number): Promise<void> {
    if (!this.chats.includes(from) || this.chats.includes(to)) return;
    this.#migrations.push([from, to]);
    await this.#memory.set(key, JSON.stringify(this.#migrations));
    this.#allow(from, to);
  }

  // In place: those who ask hold this list.
  #allow(from: number, to: number): void {
    if (this.chats.includes(from) && !this.chats.includes(to)) this.chats.push(to);
  }
}
