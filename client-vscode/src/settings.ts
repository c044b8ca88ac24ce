/** The settings of the extension, and those that are passed on to the server. */

import { type ConfigurationScope, workspace } from "vscode";
import type { Wish } from "./find";

/** Settings that choose the server: a change of one of them starts it again. */
export const CHOOSING = ["twice.enable", "twice.path", "twice.args", "twice.fromEnvironment"] as const;

/** What the server may be told, by the keys of `twice.toml`. What is not set is not sent, so that the file decides. */
const PASSED_ON = { select: "select", ignore: "ignore", exclude: "exclude", confidence: "confidence" } as const;

export function enabled(): boolean {
  return workspace.getConfiguration("twice").get("enable", true);
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

export function passedOn(scope?: ConfigurationScope): Record<string, unknown> {
  const settings = workspace.getConfiguration("twice", scope);
  const set = Object.entries(PASSED_ON).map(([name, key]) => [key, settings.get<unknown>(name)] as const);
  return Object.fromEntries(set.filter(([, value]) => value !== null && value !== undefined));
}

/** A setting can hold anything: settings.json is written by hand. */
function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((part): part is string => typeof part === "string" && part !== "") : [];
}
