import { defineConfig } from "oxlint";
import table from "./modules.json" with { type: "json" };

// One rule, given anew for each folder: oxlint takes the last override that matches a file as a whole.
type Restriction = { message: string } & ({ group: string[] } | { name: string });

const modules: Record<string, { imports: string[] }> = Object.assign({}, ...table.layers);
const entry = ["src/app.ts", "src/server.ts", "src/serve.ts"];

const noFastify = ["fastify", "fastify-plugin"].map((name) => ({
  name,
  message: "Only src/app.ts and src/serve.ts know Fastify.",
}));
const notUpwards: Restriction = {
  group: ["**/plugins/**", "**/routes/**", "**/cli/**"],
  message: "src imports neither plugins, routes nor cli: they import src.",
};

/** The packages that only some modules may use, by their names. */
const packages: Record<string, string[]> = {
  grammy: ["telegram", "bot"],
  "grammy/web": ["telegram", "bot"],
  "@grammyjs/*": ["telegram"],
  execa: ["projects", "tmux"],
  "node:sqlite": ["store"],
};

function packagesFor(module: string): Restriction[] {
  return Object.entries(packages)
    .filter(([, users]) => !users.includes(module))
    .map(([name, users]) => ({
      group: [name],
      message: `Only src/${users.join(" and src/")} may import ${name}.`,
    }));
}

function onlyModules(importer: string, imports: string[], own?: string): Restriction {
  const foreign = Object.keys(modules).filter((name) => name !== own && !imports.includes(name));
  const allowed = imports.length > 0 ? imports.join(", ") : "no other module";
  return {
    group: [...foreign.map((name) => `**/${name}/*.ts`), "**/config.ts", "**/environment.ts"],
    message: `${importer} may import ${allowed}: see modules.json.`,
  };
}

function modulesFor(module: string): Restriction[] {
  return [onlyModules(`src/${module}`, modules[module]?.imports ?? [], module)];
}

function restrict(patterns: Restriction[], paths: Restriction[] = []): ["error", object] {
  return ["error", { paths, patterns }];
}

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "node", "promise"],
  categories: { correctness: "error", suspicious: "error" },
  options: { typeAware: true },
  rules: {
    "import/extensions": ["error", { ts: "always", js: "never", json: "always" }],
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "max-lines": ["error", 300],
    "oxc/no-async-endpoint-handlers": "off",
    "promise/always-return": "off",
    "typescript/consistent-return": "off",
    "unicorn/consistent-function-scoping": "off",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/no-unnecessary-type-parameters": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/return-await": "error",
    "typescript/switch-exhaustiveness-check": "error",
  },
  overrides: [
    {
      files: ["src/*.ts"],
      excludeFiles: entry,
      rules: {
        "no-restricted-imports": restrict([notUpwards, ...packagesFor("")], noFastify),
      },
    },
    ...Object.keys(modules).map((module) => ({
      files: [`src/${module}/**/*.ts`],
      rules: {
        "no-restricted-imports": restrict(
          [notUpwards, ...modulesFor(module), ...packagesFor(module)],
          noFastify,
        ),
      },
    })),
    {
      files: ["plugins/**/*.ts"],
      rules: {
        "no-restricted-imports": restrict([
          { group: ["**/routes/**"], message: "Routes use plugins, never the reverse." },
        ]),
      },
    },
    {
      files: ["cli/**/*.ts"],
      rules: {
        "no-restricted-imports": restrict([
          {
            group: ["**/plugins/**", "**/routes/**"],
            message: "A program of cli uses src; the server is another process.",
          },
        ]),
      },
    },
    {
      files: ["routes/**/*.ts"],
      rules: {
        "no-restricted-imports": restrict([
          {
            group: ["**/plugins/**"],
            message: "A route uses what plugins decorate the app with.",
          },
          onlyModules("A route", table.routes),
        ]),
      },
    },
    {
      files: ["test/**/*.ts"],
      rules: {
        "no-shadow": ["error", { allow: ["t"] }],
        "typescript/no-floating-promises": [
          "error",
          { allowForKnownSafeCalls: [{ from: "package", package: "tap", name: "test" }] },
        ],
      },
    },
  ],
});
