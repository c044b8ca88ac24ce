// Where there is no server the extension installs the one it brings along, and uses it again; the demo and a review are shown.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, picture, run, say, scenario, session, set } from "./session.mjs";
import { squiggle } from "./squiggle.mjs";

const INSTALLS_WITHIN = 150_000;

await session(
  async (page, open) => {
    await open();
    await page.locator(".notification-toast", { hasText: "Twice: installing its server, once" }).first().waitFor();
    say("told: Twice: installing its server, once");
    await squiggle(page, scenario.payment, INSTALLS_WITHIN);
    say("the server that the extension brings along is installed, and finds");
    await page.screenshot({ path: join(run, "own-server.png") });
    await theReviewOfTheHandlerIsShown(page);
    await theEventGraphIsDrawn(page);
    await theDemoIsShown(page);
    await open();
    await squiggle(page, scenario.payment);
    say("it is used again, without being installed again");
    if (installations().length !== 1) {
      throw new Error(`one environment should be there, not ${installations().length}`);
    }
  },
  { onPath: false },
);

async function theReviewOfTheHandlerIsShown(page) {
  await page.keyboard.press("Control+p");
  await page.keyboard.type("orders.py");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "orders.py" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tab.active", { hasText: "orders.py" }).waitFor();
  // Above the handler stand the numbers of its review.
  await page.locator(".codelens-decoration", { hasText: /\d+ broken/ }).first().waitFor();
  await command(page, "Twice: Show the Review of This Handler");
  await page.locator(".tab.active", { hasText: "review-" }).waitFor();
  const preview = page.frameLocator("iframe.webview").frameLocator("iframe");
  await preview.getByText("Events won't be duplicated").first().waitFor();
  say("the review of the handler is shown");
  await page.screenshot({ path: join(run, "review.png") });
}

async function theEventGraphIsDrawn(page) {
  await command(page, "Twice: Show the Event Graph");
  await page.locator(".tab.active", { hasText: "events" }).waitFor();
  const preview = page.frameLocator("iframe.webview:visible").frameLocator("#active-frame");
  await preview.locator(".mermaid svg").getByText("OrdersQueue").first().waitFor();
  say("the event graph is drawn");
  await picture(page, "events", 470);
  await preview.getByRole("link", { name: /orders\.py:\d+/ }).first().click();
  await page.locator(".tab.active", { hasText: "orders.py" }).waitFor();
  say("a click leads to the handler");
}

async function theDemoIsShown(page) {
  await command(page, "Twice: Open the Demo");
  await page.locator(".tab.active", { hasText: "Untitled" }).waitFor();
  await eventually("the demo, which is saved nowhere, has findings", () =>
    page.locator(".editor-group-container.active .squiggly-error").first().isVisible(),
  );
  await page.screenshot({ path: join(run, "demo.png") });
  // Closed without a question about saving it.
  set({ "files.hotExit": "onExit" });
}

function installations() {
  const storage = join(run, "data", "User", "globalStorage", "twice.twice");
  return readdirSync(storage).filter((name) => name.startsWith("server-"));
}
