// What a person is told when the server is not there, is wrong, is too old or falls over, and which settings reach it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, run, say, scenario, session, set } from "./session.mjs";
import { noSquiggle, squiggle } from "./squiggle.mjs";

const { payment } = scenario;
const { NODE, TWICE } = process.env;

await session(
  async (page, open) => {
    set({ "twice.installServer": "never" });
    await open();
    await page.waitForSelector(".monaco-editor .view-line");
    await aMissingServerComesWithTheCommandThatInstallsIt(page);
    await aWrongServerIsNamed(page);
    await aGoodServerIsTakenAsSoonAsItIsSet(page);
    await theSettingsReachTheServer(page);
    await aServerThatFellOverIsStartedAgain(page);
    await messagesAreTracedWhenAsked();
    await whatIsRunningIsShown(page);
  },
  { onPath: false },
);

async function aMissingServerComesWithTheCommandThatInstallsIt(page) {
  await told(page, "Twice is not installed");
  await page.screenshot({ path: join(run, "missing.png") });
  await page.getByRole("button", { name: "Copy Install Command" }).click();
  await told(page, /Copied: (pipx|uv tool) install twice/);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  if (!/^(pipx|uv tool) install twice$/.test(copied)) {
    throw new Error(`the clipboard holds ${copied}`);
  }
  say(`the clipboard holds '${copied}'`);
}

async function aWrongServerIsNamed(page) {
  set({ "twice.path": "/nowhere/twice" });
  await told(page, /twice\.path names a program that is not there.*\/nowhere\/twice/);
  set({ "twice.path": [NODE, join(import.meta.dirname, "old-server.mjs")] });
  await told(page, /Twice 0\.0\.1 .* is too old for this extension, which needs \d/);
  await command(page, "Notifications: Clear All Notifications"); // three are shown at once
  set({ "twice.path": [NODE, "--eval", "console.error('no room on this machine'); process.exit(3)"] });
  await told(page, /does not start: no room on this machine/);
  await page.screenshot({ path: join(run, "failed-server.png") });
}

async function aGoodServerIsTakenAsSoonAsItIsSet(page) {
  set({ "twice.path": TWICE });
  await squiggle(page, payment);
  say("a good server is taken as soon as it is set");
}

async function theSettingsReachTheServer(page) {
  set({ "twice.path": TWICE, "twice.ignore": [payment.code] });
  await noSquiggle(page, payment);
  say("an ignored rule is silent");
}

async function aServerThatFellOverIsStartedAgain(page) {
  const [before, ...others] = servers();
  if (before === undefined || others.length > 0) {
    throw new Error(`one server should run, not ${1 + others.length}`);
  }
  process.kill(before, "SIGKILL");
  await eventually("another server runs", () => servers().length === 1 && servers()[0] !== before);
  set({ "twice.path": TWICE });
  await squiggle(page, payment);
  say("a server that fell over is started again");
}

async function messagesAreTracedWhenAsked() {
  const traced = () => /(Sending|Received) (request|notification|response)/.test(output());
  if (traced()) {
    throw new Error("messages are traced, and nobody has asked for it");
  }
  set({ "twice.path": TWICE, "twice.trace.server": "messages" });
  set({ "twice.path": TWICE, "twice.trace.server": "messages", "twice.debounce": 100 });
  await eventually("messages are traced when asked", traced);
}

/** What the output channel of messages holds. */
function output() {
  const logs = readdirSync(join(run, "data", "logs"), { recursive: true }).filter((name) => name.endsWith("Twice Messages.log"));
  return logs.map((name) => readFileSync(join(run, "data", "logs", name), "utf8")).join("");
}

async function whatIsRunningIsShown(page) {
  await command(page, "Twice: Show Version and Debug Information");
  await page.locator(".view-line", { hasText: '"extension":' }).waitFor();
  await page.locator(".view-line", { hasText: `${TWICE} serve` }).waitFor();
  await page.locator(".view-line", { hasText: "the setting twice.path" }).waitFor();
  await page.screenshot({ path: join(run, "information.png") });
  say("what is running is shown");
}

async function told(page, text) {
  await page.locator(".notification-toast", { hasText: text }).first().waitFor();
  say(`told: ${text}`);
}

/** The processes that run the server of this session. */
function servers() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        const home = readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`HOME=${process.env.HOME}`);
        return home && words.includes(TWICE) && words.includes("serve");
      } catch {
        return false; // gone since, or somebody else's
      }
    })
    .map(Number);
}
