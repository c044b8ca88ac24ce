// A workspace that is not trusted cannot choose the program that is started; as soon as it is trusted, it can.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, run, say, scenario, session } from "./session.mjs";
import { squiggle } from "./squiggle.mjs";

const mark = join(run, "started-by-the-workspace");
mkdirSync(join(scenario.workspace, ".vscode"));
writeFileSync(join(scenario.workspace, ".vscode", "settings.json"), JSON.stringify({ "twice.path": "./server.sh" }));
writeFileSync(join(scenario.workspace, "server.sh"), `#!/bin/sh\ntouch '${mark}'\nexec '${process.env.TWICE}' "$@"\n`);
chmodSync(join(scenario.workspace, "server.sh"), 0o755);

await session(
  async (page, open) => {
    await open();
    await squiggle(page, scenario.payment);
    if (existsSync(mark)) {
      throw new Error("an untrusted workspace has started its own program");
    }
    say("without trust, the finding is shown by the server on the PATH");
    await command(page, "Workspaces: Manage Workspace Trust");
    await page.getByRole("button", { name: "Trust", exact: true }).click();
    await eventually("with trust, the workspace's own server is started", () => existsSync(mark));
  },
  { trusted: false },
);
