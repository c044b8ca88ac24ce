/** What the machine offers: programs that can be started, and the Python environment that is selected in the editor. */

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter } from "node:path";
import { Disposable, type Event, extensions, type Uri, workspace } from "vscode";
import type { Surroundings } from "./find";

/** The part of the Python extension's interface that is used here. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

const PYTHON_EXTENSION = "ms-python.python";

export async function surroundings(fromEnvironment: boolean): Promise<Surroundings> {
  return {
    trusted: workspace.isTrusted,
    windows: process.platform === "win32",
    home: homedir(),
    folder: workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri.fsPath,
    searchPath: searchPath(),
    interpreter: fromEnvironment ? await selectedInterpreter() : undefined,
    startable,
  };
}

/** Whether `uv` is there: then the commands to copy are those of uv. */
export async function hasUv(): Promise<boolean> {
  const names = process.platform === "win32" ? ["\\uv.exe"] : ["/uv"];
  const found = searchPath().flatMap((folder) => names.map((name) => startable(folder + name)));
  return (await Promise.all(found)).includes(true);
}

/** Calls back whenever another environment is selected, if the Python extension runs. */
export function onDidSelectEnvironment(changed: () => void): Disposable {
  const extension = extensions.getExtension<PythonExtension>(PYTHON_EXTENSION);
  return extension?.isActive
    ? extension.exports.environments.onDidChangeActiveEnvironmentPath(changed)
    : new Disposable(() => undefined);
}

async function selectedInterpreter(): Promise<string | undefined> {
  const extension = extensions.getExtension<PythonExtension>(PYTHON_EXTENSION);
  if (extension === undefined) {
    return undefined;
  }
  const { environments } = await extension.activate();
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const { path } = environments.getActiveEnvironmentPath(folder);
  return path === "" ? undefined : path;
}

/** The folders of `PATH`, in order. */
export function searchPath(): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

async function startable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
