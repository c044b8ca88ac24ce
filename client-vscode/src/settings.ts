/** The settings that choose the server. All others are the server's own: it asks for them, and knows what they mean. */

import { workspace } from "vscode";
import type { Wish } from "./find";

/** A change of one of these starts the server again. */
export const CHOOSING = [
  "twice.enable",
  "twice.path",
  "twice.args",
  "twice.fromEnvironment",
  "twice.installServer",
] as const;

export function enabled(): boolean {
  return workspace.getConfiguration("twice").get("enable", true);
}

/** May the extension install a server for itself where there is none? */
export function installs(): boolean {
  return workspace.getConfiguration("twice").get<string>("installServer", "automatically") !== "never";
}

/** Which server is wished for. VS Code itself leaves out what an untrusted workspace may not set. */
export function wish(): Wish {
  const settings = workspace.getConfiguration("twice");
  const path = settings.get<unknown>("path", "");
  return {
    path: texts(typeof path === "string" ? [path] : path),
    args: texts(settings.get<unknown>("args", [])),
    fromEnvironment: settings.get<unknown>("fromEnvironment", false) === true,
  };
}

/** A setting can hold anything: settings.json is written by hand. */
function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((part): part is string => typeof part === "string" && part !== "") : [];
}
