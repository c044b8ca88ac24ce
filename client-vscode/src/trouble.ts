/** What can be wrong with the server, said in one sentence with the next steps. Nothing here knows the editor. */

import type { Missing } from "./find";

export type Trouble =
  | ({ readonly kind: "missing" } & Missing)
  | { readonly kind: "failed"; readonly command: string; readonly why: string }
  | { readonly kind: "crashed"; readonly command: string; readonly why: string }
  | { readonly kind: "python"; readonly oldest: string }
  | { readonly kind: "install"; readonly why: string }
  | { readonly kind: "old"; readonly command: string; readonly version: string; readonly minimum: string };

/** What a button does. The order of `steps` is the order of the buttons. */
export type Step =
  | "Copy Install Command"
  | "Copy Upgrade Command"
  | "Get Python"
  | "Open Settings"
  | "Show Output"
  | "Restart Server"
  | "Try Again";

export interface Notice {
  /** A few words for the status item. */
  readonly short: string;
  readonly message: string;
  readonly steps: readonly Step[];
}

export function notice(trouble: Trouble): Notice {
  switch (trouble.kind) {
    case "missing":
      return trouble.configured === undefined ? notInstalled : notThere(trouble.configured);
    case "failed":
      return {
        short: "cannot start",
        message: `The Twice server does not start: ${trouble.why} (started as ${trouble.command})`,
        steps: ["Show Output", "Open Settings", "Copy Upgrade Command"],
      };
    case "crashed":
      return {
        short: "stopped",
        message: `The Twice server stopped several times within minutes, and is not started again: ${trouble.why} (started as ${trouble.command})`,
        steps: ["Show Output", "Restart Server"],
      };
    case "python":
      return {
        short: "needs Python",
        message: `Twice needs Python ${trouble.oldest} or later for its server, and finds none on the PATH of this editor. Install it, or name a twice of your own in the settings.`,
        steps: ["Get Python", "Try Again", "Open Settings"],
      };
    case "install":
      return {
        short: "not installed",
        message: `The Twice server could not be installed: ${trouble.why}`,
        steps: ["Try Again", "Copy Install Command", "Show Output"],
      };
    case "old":
      return {
        short: `${trouble.version} is too old`,
        message: `Twice ${trouble.version} (${trouble.command}) is too old for this extension, which needs ${trouble.minimum} or later.`,
        steps: ["Copy Upgrade Command", "Open Settings"],
      };
  }
}

const notInstalled: Notice = {
  short: "not installed",
  message:
    "Twice is not installed, or not on the PATH of this editor. Install it as a program of its own, then restart the server.",
  steps: ["Copy Install Command", "Open Settings", "Show Output"],
};

function notThere(configured: string): Notice {
  return {
    short: "not found",
    message: `The setting twice.path names a program that is not there or cannot be started: ${configured}`,
    steps: ["Open Settings", "Copy Install Command", "Show Output"],
  };
}

/** How to install or upgrade, with the tool that is there. Both keep Twice out of every project's environment. */
export function commandLine(step: "Copy Install Command" | "Copy Upgrade Command", uv: boolean): string {
  const verb = step === "Copy Install Command" ? "install" : "upgrade";
  return uv ? `uv tool ${verb} twice` : `pipx ${verb} twice`;
}

/** Whether a version is older than another. Only the numbers of the release count: 0.3.0rc1 is good enough for 0.3.0. */
export function older(version: string, than: string): boolean {
  const [left, right] = [release(version), release(than)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return false;
}

function release(version: string): number[] {
  const [numbers] = /^\d+(\.\d+)*/.exec(version.replace(/^v/, "")) ?? [""];
  return numbers === "" ? [] : numbers.split(".").map(Number);
}
