/** Where programs of Python lie, on any platform. Nothing here knows the editor, and nothing is started. */

import path from "node:path";

/** The files that may be a Python, best first. A relative entry of PATH would let a workspace bring its own. */
export function pythons(searchPath: readonly string[], windows: boolean): string[] {
  const paths = windows ? path.win32 : path.posix;
  const names = windows ? ["python.exe", "python3.exe", "py.exe"] : ["python3", "python", ...VERSIONS];
  const folders = searchPath.filter((folder) => paths.isAbsolute(folder));
  return names.flatMap((name) => folders.map((folder) => paths.join(folder, name)));
}

/** A program of a virtual environment. */
export function programIn(environment: string, name: string, windows: boolean): string {
  return windows ? path.win32.join(environment, "Scripts", `${name}.exe`) : path.posix.join(environment, "bin", name);
}

const VERSIONS = ["python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
