// Squiggles as they stand on the screen.
import { PATIENCE } from "./session.mjs";

/** Waits for the squiggle of a finding, exactly under its word; returns its middle. */
export async function squiggle(page, finding, timeout = PATIENCE) {
  return (await page.waitForFunction(squiggleUnder, kindAndWord(finding), { timeout })).jsonValue();
}

export async function noSquiggle(page, finding) {
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
    // A line of the editor beside this one may reach below it, unseen.
    const here = lines.filter((one) => {
      const place = one.getBoundingClientRect();
      return Math.abs(place.top - squiggle.top) < 2 && place.left <= squiggle.left && squiggle.left < place.right;
    });
    for (const line of here) {
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
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
  }
  return undefined;
}
