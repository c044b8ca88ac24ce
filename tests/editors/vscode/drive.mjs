// The scenario as a person goes through it: what is asserted is what stands on the screen and in the file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, run, say, scenario, session } from "./session.mjs";

const { finding, handler } = scenario;

await session(async (page, open) => {
  await open();
  await page.waitForSelector(".monaco-editor .view-line");
  await theSquiggleIsUnderTheWord(page);
  await theHoverGivesTheReason(page);
  await aChangeOfTheTemplateRefreshesTheHandler(page);
  await theSilenceIsWritten(page);
});

async function theSquiggleIsUnderTheWord(page) {
  await squiggle(page);
  say(`the squiggle is under '${finding.word}', exactly`);
}

async function theHoverGivesTheReason(page) {
  await hoverOver(page, [finding.message.trim(), finding.code, finding.reason, "Quick Fix"]);
  say("the hover shows message, code, reason and quick fix");
  await page.screenshot({ path: join(run, "hover.png") });
  await page.keyboard.press("Escape");
}

async function aChangeOfTheTemplateRefreshesTheHandler(page) {
  await page.keyboard.press("Control+p");
  await page.keyboard.type("template.yaml");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "template.yaml" }).first().waitFor();
  await page.keyboard.press("Control+Enter"); // to the side, so that both files stay in view
  await page.locator(".editor-group-container.active .tab.active", { hasText: "template.yaml" }).waitFor();
  await squiggle(page);
  await writeLineOfTemplate(page, handler.instead);
  await noSquiggle(page);
  say("a handler that is deployed no more is silent");
  await writeLineOfTemplate(page, handler.text);
  await squiggle(page);
  say("deployed again, it is found again");
}

async function writeLineOfTemplate(page, value) {
  await page.keyboard.press("Control+g");
  await page.keyboard.type(String(handler.line + 1));
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type(`Handler: ${value}`);
  await page.keyboard.press("Control+s");
  await eventually("the template is saved", () => readFileSync(scenario.template, "utf8").includes(value));
}

async function theSilenceIsWritten(page) {
  const { x, y } = await squiggle(page);
  await page.mouse.click(x, y);
  await page.keyboard.press("Control+.");
  const action = page.locator(".action-widget .monaco-list-row", { hasText: finding.silence.title }).first();
  await action.waitFor();
  await page.screenshot({ path: join(run, "actions.png") });
  await action.click();
  await noSquiggle(page);
  say("the silence is written, and the squiggle gone");
  await page.keyboard.press("Control+s");
  await eventually("saved", () => readFileSync(scenario.file, "utf8").includes(finding.silence.written));
}

async function squiggle(page) {
  return (await page.waitForFunction(squiggleUnder, finding.word)).jsonValue();
}

async function noSquiggle(page) {
  await page.waitForFunction(`!(${squiggleUnder})(${JSON.stringify(finding.word)})`);
}

async function hoverOver(page, texts) {
  const { x, y } = await squiggle(page);
  await page.mouse.move(x, y);
  for (const text of texts) {
    await page.locator(".monaco-hover", { hasText: text }).first().waitFor();
  }
}

/** Runs in the page: the middle of the word under which a squiggle of an error begins and ends, to the pixel. */
function squiggleUnder(word) {
  const lines = [...document.querySelectorAll(".view-line")];
  for (const element of document.querySelectorAll(".squiggly-error")) {
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
