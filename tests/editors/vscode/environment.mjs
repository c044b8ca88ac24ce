// The server of the selected Python environment is taken only if it is asked for, and changes with the environment.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, run, say, scenario, session, set } from "./session.mjs";
import { squiggle } from "./squiggle.mjs";

const first = environment("first");
const second = environment("second");

await session(
  async (page, open) => {
    await open();
    await squiggle(page, scenario.payment);
    if (starts(first) + starts(second) > 0) {
      throw new Error("the server of an environment was started, and nobody has asked for it");
    }
    say("without being asked, the server on the PATH is started");
    set({ "twice.fromEnvironment": true });
    await eventually("asked for, the server of the selected environment is started", () => starts(first) === 1);
    await squiggle(page, scenario.payment);
    await command(page, "Python: Select the Second Environment");
    await eventually("with another environment, its server", () => starts(second) === 1);
    await squiggle(page, scenario.payment);
    if (starts(first) !== 1 || starts(second) !== 1) {
      throw new Error("a server was started more than once");
    }
  },
  {
    payload: [["extensionDevelopmentPath", join(import.meta.dirname, "python-extension")]],
    options: ["--vscode-option", "enable-smoke-test-driver"], // without it the payload is ignored
  },
);

/** An environment with a `twice` in it that writes down each of its starts. */
function environment(name) {
  const folder = join(run, "environments", name, "bin");
  const log = join(folder, "starts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "twice"), `#!/bin/sh\necho >> '${log}'\nexec '${process.env.TWICE}' "$@"\n`);
  chmodSync(join(folder, "twice"), 0o755);
  return log;
}

function starts(log) {
  return existsSync(log) ? readFileSync(log, "utf8").length : 0;
}
