// VS Code itself: code-server with the packed extension installed, shown by a Chromium without a screen.
// Everything is started here and ended here; what is left behind lies in the folder of the run.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, get } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";

const { CODE_SERVER, NODE, PLAYWRIGHT, VSIX, CHROMIUM, SCENARIO, TWICE } = process.env;
const { chromium } = createRequire(join(PLAYWRIGHT, "index.js"))("playwright-core");
const entry = join(CODE_SERVER, "code-server/out/node/entry.js");
const started = Date.now();

export const scenario = JSON.parse(readFileSync(SCENARIO, "utf8"));
export const run = dirname(SCENARIO);
export const PATIENCE = 60_000;

const QUIET = {
  "security.workspace.trust.startupPrompt": "never",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "files.simpleDialog.enable": true,
  "git.enabled": false,
};

export function say(text) {
  console.log(`${String(Date.now() - started).padStart(6)} ms  ${text}`);
}

/** What is on the screen as a picture, and the upper part of the editor as a small one: the extension has room for little. */
export async function picture(page, name, height) {
  await page.screenshot({ path: join(run, `${name}.png`) });
  const clip = { x: 352, y: 36, width: 924, height };
  await page.screenshot({ path: join(run, `${name}.jpg`), type: "jpeg", quality: 45, clip });
}

/** Opens a folder and a file of it, calls `drive(page)`, and ends the process with 0 or 1. */
export async function session(
  drive,
  { trusted = true, onPath = true, searchPath = undefined, payload = [], options = [], width = 1280, height = 800 } = {},
) {
  // The editor asks the login shell for its variables, as it does on a person's machine.
  const path = searchPath ?? (onPath ? `${dirname(TWICE)}:$PATH` : undefined);
  if (path !== undefined) {
    writeFileSync(join(process.env.HOME, ".profile"), `export PATH="${path}"\n`);
  }
  set({});
  setInterval(write, 3000); // a change close behind another one can escape the editor
  writeFileSync(join(run, "config.yaml"), "");
  const port = await freePort();
  const common = [
    "--config",
    join(run, "config.yaml"),
    "--extensions-dir",
    join(run, "extensions"),
    "--user-data-dir",
    join(run, "data"),
  ];
  if (VSIX !== undefined) {
    const installed = spawnSync(NODE, [entry, ...common, "--install-extension", VSIX], { encoding: "utf8" });
    if (installed.status !== 0) {
      throw new Error(`the extension cannot be installed: ${installed.stderr}`);
    }
  }
  const log = openSync(join(run, "code-server.log"), "w");
  const server = spawn(
    NODE,
    [
      entry,
      ...common,
      "--auth",
      "none",
      "--bind-addr",
      `127.0.0.1:${port}`,
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-getting-started-override",
      ...(trusted ? ["--disable-workspace-trust"] : []),
      ...options,
    ],
    { stdio: ["ignore", log, log], env: { ...process.env, PATH: `${dirname(NODE)}:${process.env.PATH}` } },
  );
  say(`VS Code ${JSON.parse(readFileSync(join(CODE_SERVER, "code-server/lib/vscode/product.json"), "utf8")).version}`);
  let browser;
  let code = 1;
  let page;
  try {
    await eventually("code-server answers", () => answers(`http://127.0.0.1:${port}/healthz`));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    const context = await browser.newContext({
      viewport: { width, height },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => appendFileSync(join(run, "console.log"), `${message.type()} ${message.text()}\n`));
    const remote = `vscode-remote://127.0.0.1:${port}`;
    const files = [
      ["openFile", `${remote}${scenario.file}`],
      ...payload.map(([key, value]) => [key, `${remote}${value}`]),
    ];
    const open = async () => {
      await page.goto(
        `http://127.0.0.1:${port}/?folder=${scenario.workspace}&payload=${encodeURIComponent(JSON.stringify(files))}`,
      );
    };
    await drive(page, open);
    code = 0;
  } catch (problem) {
    say(`FAILED ${problem.message}`);
    await page?.screenshot({ path: join(run, "failed.png") }).catch(() => undefined);
  } finally {
    await browser?.close();
    server.kill("SIGTERM");
  }
  process.exit(code);
}

let settings = {};

/** Writes settings of the user over those of the session; the editor takes them over at once. */
export function set(chosen) {
  settings = chosen;
  write();
}

function write() {
  // An extension that starts early can miss machine settings that stand in the user's file only.
  for (const level of ["User", "Machine"]) {
    mkdirSync(join(run, "data", level), { recursive: true });
    const file = join(run, "data", level, "settings.json");
    writeFileSync(`${file}.new`, JSON.stringify({ ...QUIET, ...settings }));
    renameSync(`${file}.new`, file); // at once: the editor must not read half of it
  }
}

/** Runs a command as a person does, from the palette. */
export async function command(page, title) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").waitFor();
  await page.keyboard.type(title);
  await page
    .locator(".quick-input-list .monaco-list-row", { hasText: title.split(": ").at(-1) })
    .first()
    .waitFor();
  await page.keyboard.press("Enter");
}

/** Waits for a condition, never for a time. */
export async function eventually(what, condition) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) {
      say(what);
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`never happened: ${what}`);
    }
    await rest(50);
  }
}

function answers(address) {
  return new Promise((resolve) => {
    const request = get(address, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
