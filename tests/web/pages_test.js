// What each page must show and survive, against a coordinator with workers that train (a stand-in law,
// and a rude trainer). Cases share two stacks: one with finished sweeps, one where things go on.
import { FINISHED, finishedStack } from './finished_cases.js';
import { LIVE } from './live_cases.js';
import { Stack } from './stack.js';
import { Stage } from './stage.js';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

async function runCase(world, stack, name, body) {
  const stage = await new Stage(world.instance, stack).open();
  let failure = null;
  try {
    await body(stage, world);
  } catch (error) {
    failure = error;
    if (process.env.SHOTS) await stage.page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, '_').slice(0, 60)}.png`, fullPage: true }).catch(() => {});
  }
  try {
    await stage.close();
  } catch (error) {
    failure ??= error;
  }
  console.log(failure ? `FAILED ${name}\n${failure.stack}\n${stage.complaints.join('\n')}` : `ok ${name}`);
  return failure === null;
}

async function runLanes(world, stack, cases, lanes) {
  const waiting = Object.entries(cases).filter(([name]) => !world.only || name.includes(world.only));
  let failed = 0;
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (!await runCase(world, stack, ...next)) ++failed;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}

// Exit code: 0 when every case passed.
export async function runPagesTest({ chromium, browser, web, bin, axe }) {
  const world = { axe, only: process.env.ONLY };
  world.instance = await chromium.launch({ executablePath: browser, args: ARGUMENTS });
  let failed = 0;
  const stacks = [];
  try {
    const finished = await finishedStack(bin, web);
    stacks.push(finished);
    failed += await runLanes(world, finished, FINISHED, 3);
    const live = new Stack(bin, web);
    stacks.push(live);
    await live.startCoordinator();
    live.startWorker('good', 'name=good');
    failed += await runLanes(world, live, LIVE, 1);
  } finally {
    await world.instance.close();
    for (const stack of stacks) await stack.close();
  }
  console.log(failed ? `${failed} failed` : 'all passed');
  return failed ? 1 : 0;
}
