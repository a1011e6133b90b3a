import type { Check } from "./check.ts";
import { agentSide } from "./checks/agent-side.ts";
import { model, opencodeServer, opencodeStart } from "./checks/opencode.ts";
import { curl, node, opencode, tmux } from "./checks/programs.ts";
import { otherPaths, publicAddress, webhookPath } from "./checks/public.ts";
import { byApi, byTerminal } from "./checks/round-trip.ts";
import { dataDir, disk, envFile, settings } from "./checks/settings.ts";
import { ready, switchboard } from "./checks/switchboard.ts";
import { clock, feeder, token, webhook } from "./checks/telegram.ts";

/** Every check but the round trip, in the order of their lines; each comes after those that it needs. */
export const checks: readonly Check[] = [
  settings,
  envFile,
  dataDir,
  disk,
  node,
  tmux,
  curl,
  opencode,
  switchboard,
  opencodeServer,
  opencodeStart,
  model,
  agentSide,
  token,
  clock,
  webhook,
  feeder,
  publicAddress,
  webhookPath,
  otherPaths,
  ready,
];

/** The checks that ask the model. */
export const roundTrip: readonly Check[] = [byApi, byTerminal];
