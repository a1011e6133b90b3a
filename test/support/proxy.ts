import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { reset } from "../../sandbox/reset.ts";

/** A TCP relay on loopback whose connections can be broken, or left open and dead. */
export class Proxy {
  #server: Server;
  #pairs = new Set<[Socket, Socket]>();
  #isHanging = false;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      if (!this.#isHanging) near.pipe(far).pipe(near);
      for (const socket of pair) {
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.#pairs.delete(pair);
          near.destroy();
          far.destroy();
        });
      }
    });
  }

  /** Starts a relay to the address of `url`. */
  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** Its own address. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the relay is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const [near] of this.#pairs) reset(near);
  }

  /** Nothing goes through the connections there are any more, and nobody is told. New ones work. */
  freeze(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
  }

  /** Answers nothing, on connections old and new, until `goOn`. */
  hang(): void {
    this.#isHanging = true;
    this.freeze();
  }

  /** New connections work again; those of before are broken. */
  goOn(): void {
    this.#isHanging = false;
    this.cut();
  }

  /** Ends it and its connections. */
  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }
}
