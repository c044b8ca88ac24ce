/** Which program is started as the server, and why that one. Nothing here knows the editor, and nothing is started. */

import path from "node:path";

/** What the settings ask for. `path` is a program and its first arguments; empty means "look for it". */
export interface Wish {
  readonly path: readonly string[];
  readonly args: readonly string[];
  readonly fromEnvironment: boolean;
}

/** What the machine and the workspace offer. */
export interface Surroundings {
  readonly trusted: boolean;
  readonly windows: boolean;
  readonly home: string;
  /** The first workspace folder, if one is open. */
  readonly folder: string | undefined;
  /** The folders of `PATH`, in order. */
  readonly searchPath: readonly string[];
  /** The Python interpreter that is selected in the editor, if it is known. */
  readonly interpreter: string | undefined;
  /** Whether this file is there and can be started. */
  readonly startable: (file: string) => Promise<boolean>;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly from: "the setting twice.path" | "the selected Python environment" | "PATH" | "its own environment";
}

export interface Missing {
  /** The files and folders where it was looked for, in order. */
  readonly looked: readonly string[];
  /** The program that `twice.path` names, if it names one. */
  readonly configured: string | undefined;
}

/** The setting wins; then the selected environment, if asked for; then `PATH`. A setting that is wrong is not passed over. */
export async function findServer(wish: Wish, around: Surroundings): Promise<Program | Missing> {
  const serve = ["serve", ...wish.args];
  const [configured, ...first] = wish.path.map((part) => expanded(part, around));
  if (configured !== undefined) {
    const places = placesOf(configured, around);
    const command = await firstStartable(places, around);
    return command === undefined
      ? { looked: places, configured }
      : { command, args: [...first, ...serve], from: "the setting twice.path" };
  }
  const own = wish.fromEnvironment && around.trusted ? inEnvironment(around) : [];
  const fromEnvironment = await firstStartable(own, around);
  if (fromEnvironment !== undefined) {
    return { command: fromEnvironment, args: serve, from: "the selected Python environment" };
  }
  const places = placesOf("twice", around);
  const command = await firstStartable(places, around);
  return command === undefined
    ? { looked: [...own, ...places], configured: undefined }
    : { command, args: serve, from: "PATH" };
}

/** What a person means by a program: a bare name is looked up on `PATH`, anything else is a file of the workspace or the machine. */
function placesOf(program: string, around: Surroundings): string[] {
  const paths = around.windows ? path.win32 : path.posix;
  const bare = !program.includes("/") && !program.includes(paths.sep);
  if (!bare) {
    const file = paths.isAbsolute(program) ? program : paths.join(around.folder ?? around.home, program);
    return spellings(file, around);
  }
  // A relative entry of PATH would let a workspace bring its own program.
  const folders = around.searchPath.filter((folder) => paths.isAbsolute(folder));
  return folders.flatMap((folder) => spellings(paths.join(folder, program), around));
}

function inEnvironment(around: Surroundings): string[] {
  if (around.interpreter === undefined) {
    return [];
  }
  if (!around.windows) {
    return [path.posix.join(path.posix.dirname(around.interpreter), "twice")];
  }
  const folder = path.win32.dirname(around.interpreter);
  // conda keeps the interpreter above its scripts
  return [path.win32.join(folder, "twice.exe"), path.win32.join(folder, "Scripts", "twice.exe")];
}

/** Windows starts `twice.exe` for `twice`. Batch files need a shell, which would read the arguments again. */
function spellings(file: string, around: Surroundings): string[] {
  return around.windows && path.win32.extname(file) === "" ? [`${file}.exe`] : [file];
}

function expanded(part: string, around: Surroundings): string {
  const home = part === "~" || part.startsWith("~/") ? around.home + part.slice(1) : part;
  return home.replaceAll("${workspaceFolder}", around.folder ?? around.home);
}

async function firstStartable(files: readonly string[], around: Surroundings): Promise<string | undefined> {
  for (const file of files) {
    if (await around.startable(file)) {
      return file;
    }
  }
  return undefined;
}
