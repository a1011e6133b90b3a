import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { waitUntilReady } from "../../../cli/setup/ready.ts";
import { startInTmux, tmuxFault } from "../../../cli/setup/tmux-run.ts";
import {
  installUnit,
  isSystemUnitPossible,
  renderUnit,
  systemUnitCommands,
  unitFault,
  unitProblem,
} from "../../../cli/setup/unit.ts";
import { tempDir } from "../../support/app.ts";
import { fakeProcesses, person } from "../../support/setup-person.ts";

const ok = { code: 0, output: "" };

test("a Switchboard that runs in tmux is stopped before the new one starts", async (t) => {
  const panes = ["%1\n%2\n", "0\n0\n", "1\n0\n", "1\n1\n"];
  const { processes, commands } = fakeProcesses({
    "tmux list-panes": () => ({ code: 0, output: panes.shift() ?? "" }),
    tmux: ok,
  });
  await startInTmux(processes, "/srv/sb", true);
  t.same(
    commands.filter((line) => !line.includes("list-panes")),
    [
      "tmux has-session -t =bridge",
      "tmux send-keys -t %1 C-c",
      "tmux send-keys -t %2 C-c",
      "tmux kill-session -t =bridge",
      "tmux new-session -d -s bridge -n switchboard -c /srv/sb npm start ; set-option -w -t =bridge:switchboard remain-on-exit on",
      "tmux new-window -d -t =bridge: -n pull -c /srv/sb npm run pull ; set-option -w -t =bridge:pull remain-on-exit on",
    ],
  );
});

test("what was said before it ended in tmux is shown", async (t) => {
  const { processes } = fakeProcesses({
    "tmux list-panes": { code: 0, output: "1\n" },
    "tmux capture-pane": {
      code: 0,
      output: "Switchboard cannot start:\n\n  - PORT is taken\n\nPane is dead (status 1)\n",
    },
  });
  const fault = () => tmuxFault(processes);
  const { signal } = new AbortController();
  const said = await waitUntilReady({ url: "http://127.0.0.1:1", fault, signal });
  t.equal(said, "Switchboard cannot start:\n  - PORT is taken");
  await t.rejects(startInTmux(fakeProcesses().processes, "/srv/sb", false), {
    message: /tmux is not installed/,
  });
});

test("the service is made for the folder of the checkout, enabled and started anew", async (t) => {
  const home = tempDir(t);
  const checkout = join(home, "50%");
  mkdirSync(join(checkout, "deploy"), { recursive: true });
  const root = join(import.meta.dirname, "../../..");
  const template = readFileSync(join(root, "deploy/switchboard-pull-user.service"), "utf8");
  t.match(template, "%h/opencode-switchboard");
  for (const name of ["switchboard-user", "switchboard-pull-user"]) {
    writeFileSync(join(checkout, "deploy", `${name}.service`), template);
  }
  const { processes, commands } = fakeProcesses({
    systemctl: ok,
    loginctl: { code: 1, output: "" },
  });
  const prompts = person();
  const options = { checkout, env: { HOME: home }, isRoot: false, processes, prompts };
  t.equal(await unitProblem(options), undefined);
  await installUnit(options, true);
  const folder = join(home, ".config/systemd/user");
  for (const name of ["switchboard.service", "switchboard-pull.service"]) {
    const unit = readFileSync(join(folder, name), "utf8");
    t.equal(unit, renderUnit(template, checkout));
    t.match(unit, `WorkingDirectory=${home}/50%%\n`);
  }
  t.same(commands.slice(-4), [
    "systemctl --user daemon-reload",
    "systemctl --user enable switchboard.service switchboard-pull.service",
    "systemctl --user restart --no-block switchboard.service switchboard-pull.service",
    "loginctl enable-linger",
  ]);
  t.match(prompts.shown.slice(0, 2), [/is installed/, /sudo loginctl enable-linger/]);

  commands.length = 0;
  await installUnit(options, false);
  t.ok(commands.includes("systemctl --user disable --now switchboard-pull.service"));

  t.match(await unitProblem({ ...options, isRoot: true }), /not root/);
  t.match(await unitProblem({ ...options, checkout: home }), /no deploy/);
  t.match(await unitProblem({ ...options, processes: fakeProcesses().processes }), /systemd/);
});

test("the commands for a service of the machine put this folder and user into the unit", async (t) => {
  const folder = tempDir(t);
  mkdirSync(join(folder, "deploy"));
  const unit = (user: string, place: string, home: string) =>
    `User=${user}\nWorkingDirectory=${place}\nBindPaths=${home}\nEnvironment=PATH=${place}/x:${home}/y\n`;
  const usual = unit("switchboard", "/home/switchboard/opencode-switchboard", "/home/switchboard");
  writeFileSync(join(folder, "deploy/switchboard.service"), usual);
  const [sed = ""] = systemUnitCommands(
    { checkout: "/srv/sb", user: "ann", home: "/home/ann" },
    false,
  );
  const command = sed.replace(/\| sudo .*$/, "");
  const made = execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
  t.equal(made, unit("ann", "/srv/sb", "/home/ann"));
});

test("a folder that a unit or a shell would read otherwise is no place for a service", async (t) => {
  for (const name of ["a b", "it's", "a|b", "a&b", "a;b", "$(id)"]) {
    const checkout = join(tempDir(t), name);
    mkdirSync(join(checkout, "deploy"), { recursive: true });
    for (const unit of ["switchboard.service", "switchboard-user.service"])
      writeFileSync(join(checkout, "deploy", unit), "");
    const { processes } = fakeProcesses({ systemctl: ok });
    const options = { checkout, isRoot: false, hasSystemd: true };
    t.notOk(isSystemUnitPossible(options), name);
    const asked = { ...options, env: {}, processes, prompts: person() };
    t.match(await unitProblem(asked), /path of this folder/, name);
  }
});

test("a service that failed is reported with its last words", async (t) => {
  const failed = fakeProcesses({
    "systemctl --user is-failed": ok,
    journalctl: { code: 0, output: "no token\n" },
  });
  const base = { checkout: "/x", env: {}, isRoot: false, prompts: person() };
  t.equal(await unitFault({ ...base, processes: failed.processes }), "no token");
  t.equal(await unitFault({ ...base, processes: fakeProcesses().processes }), undefined);
});
