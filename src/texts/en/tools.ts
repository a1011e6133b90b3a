/** Models, modes, and what opencode itself offers. */
export const tools = {
  models: ({ model }: { model: string }) => `Now: ${model}. Choose another one:`,
  modelsFound: ({ search }: { search: string }) => `Models with “${search}”:`,
  noModel: ({ search }: { search: string }) =>
    `No model has “${search}” in its name. /model lists all.`,
  modelChosen: ({ agent, model }: { agent: string; model: string }) =>
    `The next prompt of ${agent} runs by ${model}.`,
  modes: ({ mode }: { mode: string }) => `Now: ${mode}. Choose another mode:`,
  noMode: ({ mode }: { mode: string }) =>
    `opencode has no mode “${mode}”. /mode lists those it has.`,
  modeChosen: ({ agent, mode }: { agent: string; mode: string }) =>
    `The next prompt of ${agent} runs as ${mode}.`,
  variants: ({ model, variant }: { model: string; variant: string }) =>
    `${model} runs as ${variant}. Choose another variant:`,
  noVariants: ({ model }: { model: string }) => `${model} has no variants.`,
  noVariant: ({ variant }: { variant: string }) =>
    `The model has no variant “${variant}”. /variant lists those it has.`,
  variantChosen: ({ agent, variant }: { agent: string; variant: string }) =>
    `The next prompt of ${agent} runs with the variant ${variant}.`,
  usual: "the usual one",
  mcp: "MCP servers:",
  noMcp: "opencode has no MCP servers here.",
  skills: "Skills of opencode:",
  noSkills: "opencode has no skills here.",
  commands: "Commands of opencode; write /run NAME and what follows it:",
  noCommands: "opencode has no commands here.",
  runsShell: "runs a shell command",
};
