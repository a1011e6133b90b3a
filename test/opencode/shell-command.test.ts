import { execFileSync } from "node:child_process";
import { test } from "tap";
import {
  carriedCommand,
  maxShellOutput,
  shellResult,
  shownCommand,
} from "../../src/opencode/shell-command.ts";
import { runsShell, slashCommand } from "../../src/opencode/slash-commands.ts";

/** As opencode 1.18 runs a command in bash, and as it does in other shells. */
const ways: ((command: string) => [string, string[]])[] = [
  (command) => ["bash", ["-c", `eval ${JSON.stringify(command)}`]],
  (command) => ["sh", ["-c", command]],
];

const commands: [command: string, output: string, exitCode: number][] = [
  ["echo plain", "plain\n", 0],
  ['x=1; for i in a b; do\n\techo "$i$x"\ndone', "a1\nb1\n", 0],
  ["echo it\\'s 'a \"b\"' `echo c` \\\\ ü😀", 'it\'s a "b" c \\ ü😀\n', 0],
  ["echo x y | awk '{print $2}'; exit 3", "y\n", 3],
  ["false", "", 1],
  ["printf 'no end'", "no end", 0],
  ["cat; echo 'after' # ' \" $(echo no)", "after\n", 0],
  ["printf '\\n[exit 7]\\n'", "\n[exit 7]\n", 0],
  ["", "", 0],
];

test("a carried command does what was written, in every shell, and tells its exit code", async (t) => {
  for (const [command, output, exitCode] of commands) {
    const carried = carriedCommand(command);
    t.equal(shownCommand(carried), command);
    t.match(carried, /^[^#]* # [\p{L}\p{N} _./:=,+@%?-]*$/u, "no shell acts on the comment");
    for (const way of ways) {
      const [shell, args] = way(carried);
      const printed = execFileSync(shell, args, { encoding: "utf8" });
      t.same(shellResult(printed), { output, exitCode }, `${shell}: ${command}`);
    }
  }
});

test("a command that was not carried is left as it is", async (t) => {
  for (const command of [
    "ls -l",
    "printf %s abc | base64 -d",
    "printf %s x | base64 -d | xargs -0 sh -c",
  ]) {
    t.equal(shownCommand(command), command);
  }
  t.same(shellResult("aborted\n"), { output: "aborted\n", exitCode: undefined });
});

test("a command of opencode may run shell through its template or its arguments", async (t) => {
  const table: [template: string | undefined, args: string, runs: boolean][] = [
    ["Greet $ARGUMENTS", "the world", false],
    ["Greet $ARGUMENTS!", "the `world`", true],
    ["Greet", "!`ls`", true],
    ["See !`git status`", "", true],
    ["Use `code` here", "", false],
    ["Say !$1`ls`", "", true],
    ["Say !$1$ARGUMENTS`ls`", "x", true],
    ["Say $ARGUMENTS`ls`", "hi!", true],
    ["Say $1`ls` wow!", "$'$'", true],
    ["Look at `$1`", "main.ts!", true],
    ["Look at `$1`", "main.ts", false],
    ["Look at $1", "main.ts!", false],
    [undefined, "", true],
  ];
  for (const [template, args, runs] of table)
    t.equal(runsShell({ template }, args), runs, `${template} with ${args}`);
});

test("the template of an MCP server's command is not told", async (t) => {
  t.same(slashCommand({ name: "ask", source: "mcp", template: {}, hints: ["$1"] }), {
    name: "ask",
    description: undefined,
    source: "mcp",
    template: undefined,
    hints: ["$1"],
    isSubtask: false,
  });
});

test("of endless output only the beginning is carried, and the command comes to its end", async (t) => {
  const carried = carriedCommand("yes | head -c 3000000; exit 4");
  const output = execFileSync("sh", ["-c", carried], { encoding: "utf8" });
  t.same(shellResult(output), { output: "y\n".repeat(maxShellOutput / 2), exitCode: 4 });
});
