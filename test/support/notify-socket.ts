import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Test } from "tap";
import { tempDir } from "./app.ts";
import { until } from "./until.ts";

// Node has no such sockets. A message is a line here, its own line breaks are shown as "|".
const listener = `use Socket; $| = 1;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($ARGV[0])) or die $!;
print "listens\\n";
while (defined recv($socket, my $message, 4096, 0)) { $message =~ s/\\n/|/g; print "$message\\n"; }`;

/** A socket like systemd's, and what a service said there so far; gone at the end of the test. */
export async function notifySocket(t: Test) {
  const path = join(tempDir(t), "notify");
  const perl = spawn("perl", ["-e", listener, path], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => perl.kill("SIGKILL"));
  const said: string[] = [];
  createInterface(perl.stdout).on("line", (line) => said.push(line));
  await until(() => said[0]);
  said.length = 0;
  /** Resolves to the first message that matches. */
  const hears = (words: RegExp) => until(() => said.find((message) => words.test(message)));
  return { path, said, hears };
}
