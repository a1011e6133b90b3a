import { join } from "node:path";
import { runSetup } from "./program.ts";

const code = await runSetup(process.argv.slice(2), join(import.meta.dirname, "..", ".."));
// opencode may still be listing its models, which would keep this process.
process.exit(code);
