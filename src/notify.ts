import { writeSync } from "node:fs";

/** Writes a message to a file descriptor. */
export type Write = (descriptor: number, message: string) => unknown;

/**
 * Tells systemd the state of the service (`Type=notify`, sd_notify(3)). The socket is one that
 * `deploy/notify.pl` opened; if it did not, everything here does nothing. Node closed that
 * descriptor to child processes at its start, so that none of them can speak for the service.
 */
export class ServiceManager {
  #env: NodeJS.ProcessEnv;
  #write: Write;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(env: NodeJS.ProcessEnv, write: Write = writeSync) {
    this.#env = env;
    this.#write = write;
  }

  /**
   * The service is up; `status` is the line that `systemctl status` shows. From now on systemd is told
   * twice per `WatchdogSec=` that the event loop runs; when it hears nothing, it restarts the service.
   */
  ready(status: string): void {
    this.#say(`READY=1\nSTATUS=${status}`);
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#env;
    const everyMs = Number(WATCHDOG_USEC) / 1000 / 2;
    const isForUs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid);
    if (!(everyMs >= 1) || !isForUs || this.#watchdog) return;
    this.#watchdog = setInterval(() => this.#say("WATCHDOG=1"), everyMs).unref();
  }

  /** The service begins to stop. */
  stopping(): void {
    clearInterval(this.#watchdog);
    this.#say("STOPPING=1");
  }

  #say(message: string): void {
    const descriptor = Number(this.#env["SWITCHBOARD_NOTIFY_FD"]);
    if (!(descriptor > 2)) return;
    try {
      this.#write(descriptor, message);
    } catch {
      // If systemd cannot be told, it restarts the service once its time limit is over.
    }
  }
}
