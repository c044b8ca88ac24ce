// The scenario as a person goes through it: what is asserted is what stands on the screen and in the file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, picture, run, say, scenario, session, set } from "./session.mjs";
import { noSquiggle, squiggle } from "./squiggle.mjs";

const { payment, queue, source } = scenario;

await session(async (page, open) => {
  set(JSON.parse(readFileSync(process.env.SETTINGS, "utf8")));
  await open();
  await page.waitForSelector(".monaco-editor .view-line");
  await theSquiggleIsUnderTheWord(page, payment);
  await theHoverGivesTheReason(page, payment);
  await theTemplateIsOpenedToTheSide(page);
  await theSquiggleIsUnderTheWord(page, queue);
  await aChangeOfTheTemplateRefreshesTheHandler(page);
  await theRuleHasAPage(page, payment);
  await anActionIsTaken(page, queue, scenario.template);
  await anActionIsTaken(page, payment, scenario.file, "the ledger knows it");
  await savingMakesTheSafeFixes(page);
  await aCommentIsCompleted(page, payment);
});

async function theSquiggleIsUnderTheWord(page, finding) {
  await squiggle(page, finding);
  say(`the squiggle of ${finding.code} is under '${finding.word}', to the pixel`);
}

async function theHoverGivesTheReason(page, finding) {
  const { x, y } = await squiggle(page, finding);
  await page.mouse.move(x, y);
  for (const text of [finding.message.trim(), finding.code, finding.reason, "Quick Fix"]) {
    await page.locator(".monaco-hover", { hasText: text }).first().waitFor();
  }
  say("the hover shows message, code, reason and quick fix");
  await picture(page, "hover", 290);
  await page.keyboard.press("Escape");
}

async function theTemplateIsOpenedToTheSide(page) {
  await page.keyboard.press("Control+p");
  await page.keyboard.type("template.yaml");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "template.yaml" }).first().waitFor();
  await page.keyboard.press("Control+Enter");
  await page.locator(".editor-group-container.active .tab.active", { hasText: "template.yaml" }).waitFor();
}

async function aChangeOfTheTemplateRefreshesTheHandler(page) {
  await writeSource(page, source.instead);
  await noSquiggle(page, payment);
  say("a handler without a queue is silent");
  await writeSource(page, source.word);
  await squiggle(page, payment);
  say("fed by a queue again, it is found again");
}

async function writeSource(page, value) {
  await page.keyboard.press("Control+g");
  await page.locator(".quick-input-widget input").waitFor();
  await page.keyboard.type(`${source.line + 1}`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type(`Type: ${value}`);
}

async function theRuleHasAPage(page, finding) {
  const { x, y } = await squiggle(page, finding);
  await page.mouse.click(x, y);
  await command(page, "Twice: Open the Rule's Page");
  await page.locator(".tab.active", { hasText: finding.code }).waitFor();
  const preview = page.frameLocator("iframe.webview").frameLocator("iframe");
  await preview.getByText(finding.reason).first().waitFor();
  say("the rule's page is shown");
  await page.screenshot({ path: join(run, "page.png") });
  await page.locator(".tab", { hasText: "payments.py" }).click();
}

/** The settings of the page say so. */
async function savingMakesTheSafeFixes(page) {
  await page.locator(".tab", { hasText: "template.yaml" }).click();
  await eventually("the fix is undone", async () => {
    await page.keyboard.press("Control+z"); // saving has made other fixes since
    return squiggle(page, queue, 2000).catch(() => false);
  });
  await page.keyboard.press("Control+s");
  await noSquiggle(page, queue);
  say("saving makes it again");
  await eventually("and saved", () => readFileSync(scenario.template, "utf8").includes(queue.written));
}

/** A `reason` is typed where the cursor lands. */
async function anActionIsTaken(page, finding, file, reason = "") {
  const action = page.locator(".action-widget .monaco-list-row", { hasText: finding.title }).first();
  await eventually(`the actions of ${finding.code} are offered`, async () => {
    const { x, y } = await squiggle(page, finding);
    await page.mouse.click(x, y);
    await page.keyboard.press("Control+.");
    // What is still being laid out closes the menu again; a person would press the key once more.
    return action.waitFor({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
  });
  await page.screenshot({ path: join(run, `actions-${finding.code}.png`) });
  await action.click();
  await noSquiggle(page, finding);
  say(`taken: ${finding.title}; ${finding.code} is gone`);
  await page.keyboard.type(reason);
  await page.keyboard.press("Control+s");
  const written = reason === "" ? finding.written : `${finding.written} ${reason}`;
  await eventually(`saved${reason && `, with the reason: ${reason}`}`, () =>
    readFileSync(file, "utf8").includes(written),
  );
}

async function aCommentIsCompleted(page, finding) {
  await page.locator(".tab", { hasText: "payments.py" }).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(`\n# twice: allow ${finding.code.slice(0, 3)}`);
  const offered = page.locator(".suggest-widget .monaco-list-row", { hasText: finding.code }).first();
  await offered.waitFor();
  await page.screenshot({ path: join(run, "completion.png") });
  await offered.click();
  // The editor draws spaces as others. One such comment stands above the payment.
  const written = page.locator(".view-line", { hasText: /twice:\sallow\s[A-Z]+\d+\sbecause/ });
  await eventually("the code and the word for the reason are written", async () => (await written.count()) === 2);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
}
