import type { Socket } from "node:net";

/**
 * Breaks a TCP connection, by a reset where that can be. Node's `resetAndDestroy` fails with EINVAL while `end` is being
 * done, and then leaves a socket that is never closed: a process with one never ends (net.js and TCPWrap::Reset of
 * Node 24).
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
