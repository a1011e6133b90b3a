/** A configured model or variant that opencode does not have. */
export const models = {
  noModel: ({ model }: { model: string }) =>
    `opencode has no model ${model}, so prompts run on another one; ` +
    "correct OPENCODE_MODEL and restart Switchboard.",
  noVariant: ({ model, variant }: { model: string; variant: string }) =>
    `${model} has no variant ${variant}, so prompts run without it; ` +
    "correct OPENCODE_VARIANT and restart Switchboard.",
};
