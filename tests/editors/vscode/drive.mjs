// The scenario as a person goes through it: what is asserted is what stands on the screen and in the file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, run, say, scenario, session } from "./session.mjs";

const { payment, queue, source } = scenario;

await session(async (page, open) => {
  await open();
  await page.waitForSelector(".monaco-editor .view-line");
  await theSquiggleIsUnderTheWord(page, payment);
  await theHoverGivesTheReason(page, payment);
  await theTemplateIsOpenedToTheSide(page);
  await theSquiggleIsUnderTheWord(page, queue);
  await aChangeOfTheTemplateRefreshesTheHandler(page);
  await theRuleHasAPage(page, payment);
  await anActionIsTaken(page, queue, scenario.template);
  await anActionIsTaken(page, payment, scenario.file);
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
  await page.screenshot({ path: join(run, "hover.png") });
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
  await page.keyboard.press("F1");
  await page.keyboard.type("Twice: Open the Rule's Page");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "Open the Rule's Page" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tab.active", { hasText: finding.code }).waitFor();
  const preview = page.frameLocator("iframe.webview").frameLocator("iframe");
  await preview.getByText(finding.reason).first().waitFor();
  say("the rule's page is shown");
  await page.screenshot({ path: join(run, "page.png") });
  await page.keyboard.press("Control+w");
}

async function anActionIsTaken(page, finding, file) {
  const action = page.locator(".action-widget .monaco-list-row", { hasText: finding.title }).first();
  await eventually(`the actions of ${finding.code} are offered`, async () => {
    const { x, y } = await squiggle(page, finding);
    await page.mouse.click(x, y);
    await page.keyboard.press("Control+.");
    // What is still being laid out closes the menu again; a person would press the key once more.
    return action.waitFor({ timeout: 3000 }).then(() => true, () => false);
  });
  await page.screenshot({ path: join(run, `actions-${finding.code}.png`) });
  await action.click();
  await noSquiggle(page, finding);
  say(`taken: ${finding.title}; ${finding.code} is gone`);
  await page.keyboard.press("Control+s");
  await eventually("saved", () => readFileSync(file, "utf8").includes(finding.written));
}

async function squiggle(page, finding) {
  return (await page.waitForFunction(squiggleUnder, kindAndWord(finding))).jsonValue();
}

async function noSquiggle(page, finding) {
  await page.waitForFunction(`(${squiggleUnder})(${JSON.stringify(kindAndWord(finding))}) === undefined`);
}

function kindAndWord({ severity, word }) {
  return { kind: severity === 1 ? "error" : "warning", word };
}

/** Runs in the page: the middle of the word under which a squiggle begins and ends, to the pixel. */
function squiggleUnder({ kind, word }) {
  const lines = [...document.querySelectorAll(".view-line")];
  for (const element of document.querySelectorAll(`.squiggly-${kind}`)) {
    const squiggle = element.getBoundingClientRect();
    const line = lines.find((one) => {
      const place = one.getBoundingClientRect();
      return Math.abs(place.top - squiggle.top) < 2 && place.left <= squiggle.left && squiggle.left < place.right;
    });
    const walker = document.createTreeWalker(line ?? document.createElement("div"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = node.data.indexOf(word);
      if (at >= 0) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        const place = range.getBoundingClientRect();
        if (Math.abs(squiggle.left - place.left) < 1 && Math.abs(squiggle.right - place.right) < 1) {
          return { x: place.left + place.width / 2, y: place.top + place.height / 2 };
        }
      }
    }
  }
  return undefined;
}
