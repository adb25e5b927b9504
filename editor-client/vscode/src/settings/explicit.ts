/** What VS Code's `inspect` says of one setting; only these layers are the user's own words. */
export interface Layers {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** Settings of the server that may also be set in the editor; the rest is for the extension alone. */
export const serverSettings = ["model", "provider", "apply", "completion.enabled"] as const;

/**
 * The settings that the user has set in the editor, nearest layer first.
 *
 * Defaults are left out: the editor's layer outranks the user's own configuration file, so a
 * default that is sent would silently undo what stands there.
 */
export function explicitSettings(
  inspect: (key: string) => Layers | undefined,
): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  for (const key of serverSettings) {
    const layers = inspect(key);
    const value = layers?.workspaceFolderValue ?? layers?.workspaceValue ?? layers?.globalValue;
    if (value !== undefined && value !== null && value !== "") {
      set[key] = value;
    }
  }
  return set;
}
