// Opens a page in headless Chromium: `node page_pictures.mjs PAGE.html WORK.json`.
//
// WORK: {"size": [width, height], "chromium": path, "before": script, "steps": [{"do": "look", "camera": {...}} |
// {"do": "drag", "from": [x, y], "to": [x, y]} | {"do": "key", "key": "ArrowLeft"} | {"do": "click", "at": [x, y]} |
// {"do": "picture", "out": path}]}. Prints {"state", "message", "errors", "requests"} as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const page_path = process.argv[2];
const work = JSON.parse(readFileSync(process.argv[3], "utf8"));
const browser = await chromium.launch({
  executablePath: work.chromium,
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const [width, height] = work.size ?? [800, 600];
const page = await browser.newPage({ viewport: { width, height }, hasTouch: true });
if (work.before) await page.addInitScript(work.before);
const errors = [], requests = [];
page.on("pageerror", (error) => errors.push(String(error)));
page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
page.on("request", (request) => requests.push(request.url().split(":")[0]));
await page.goto(pathToFileURL(page_path).href);
const state = () => page.evaluate(() => document.documentElement.dataset.state);
const settled = () => page.waitForFunction(() => window.triptych?.settled, null, { timeout: 60000 });
await page.waitForFunction(() => document.documentElement.dataset.state !== "loading", null, { timeout: 60000 });
for (const step of (await state()) === "shown" ? work.steps ?? [] : []) {
  if (step.do === "look") await page.evaluate((camera) => window.triptych.look(camera), step.camera);
  if (step.do === "key") await page.keyboard.press(step.key);
  if (step.do === "click") await page.mouse.dblclick(...step.at);
  if (step.do === "drag") {
    await page.mouse.move(...step.from);
    await page.mouse.down();
    await page.mouse.move(...step.to, { steps: 4 });
    await page.mouse.up();
  }
  await settled();
  if (step.do === "picture") {
    await page.evaluate(() => new Promise((resume) => requestAnimationFrame(() => requestAnimationFrame(resume))));
    await page.screenshot({ path: step.out, clip: step.clip });
  }
}
const message = await page.evaluate(() => document.getElementById("message").textContent);
console.log(JSON.stringify({ state: await state(), message, errors, requests }));
await browser.close();
