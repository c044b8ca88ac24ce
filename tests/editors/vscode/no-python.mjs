// Without a server and without Python a person is told what is missing, and what the next step is.
import { join } from "node:path";
import { run, say, session } from "./session.mjs";

await session(
  async (page, open) => {
    await open();
    await page.waitForSelector(".monaco-editor .view-line");
    const toast = page.locator(".notification-toast", { hasText: /needs Python 3\.10 or later/ }).first();
    await toast.waitFor();
    say("told: Twice needs Python 3.10 or later");
    await toast.hover();
    for (const step of ["Get Python", "Try Again", "Open Settings"]) {
      await page.getByRole("button", { name: step }).first().waitFor();
    }
    say("with the next steps");
    await page.screenshot({ path: join(run, "no-python.png") });
  },
  { onPath: false, searchPath: "/nowhere" },
);
