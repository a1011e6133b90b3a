import type { Socket } from "node:net";

/**
 * Breaks a TCP connection, by a reset unless it is just ending. There Node's `resetAndDestroy` fails with EINVAL and
 * never closes the handle, and the process waits for it at its exit for ever (net.js and TCPWrap::Reset of Node 24).
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
