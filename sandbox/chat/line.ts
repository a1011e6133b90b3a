/** What the human in front of the sandbox means by a line. */
export type Meant =
  | { kind: "nothing" }
  | { kind: "quit" }
  | { kind: "press"; button: number }
  | { kind: "say"; text: string };

/** Reads lines; one that ends in a backslash goes on in the next. */
export class LineReader {
  #begun: string[] = [];

  /** Whether a message is begun and waits for its next line. */
  get isBegun(): boolean {
    return this.#begun.length > 0;
  }

  /** What the line, with the ones before it, means; undefined while more of it is to come. */
  read(line: string): Meant | undefined {
    if (line.endsWith("\\")) {
      this.#begun.push(line.slice(0, -1));
      return undefined;
    }
    const text = [...this.#begun, line].join("\n");
    this.#begun = [];
    if (text.trim() === "") return { kind: "nothing" };
    if (text.trim() === "/quit") return { kind: "quit" };
    const press = /^!(\d+)\s*$/.exec(text);
    return press ? { kind: "press", button: Number(press[1]) } : { kind: "say", text };
  }
}
