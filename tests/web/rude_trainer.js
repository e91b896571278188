// A trainer of one's own (worker/protocol/README.md) that logs and reports hostile text: markup, escape
// sequences, right-to-left marks, ten thousand letters. Every second experiment fails.
import { createInterface } from 'node:readline';
import { HOSTILE } from './hostile.js';

const say = (report) => process.stdout.write(`${JSON.stringify(report)}\n`);

function train({ attempt_id, plan }) {
  process.stderr.write(`${HOSTILE}\n${'x'.repeat(10000)}\n`);
  say({ type: 'started', attempt_id, parameters: plan.parameters, resumed_from_step: 0 });
  const measure = (step) => say({
    type: 'measurement', step, tokens: Math.floor(plan.tokens * step / plan.steps), flops: plan.flops * step / plan.steps,
    loss: 5 - step / plan.steps, learning_rate: 0.1, grad_norm: 1, tokens_per_second: 1000, seconds: 1,
  });
  measure(1);
  if (plan.parameters % 2 === 0 && plan.steps % 2 === 0) {
    say({ type: 'failed', step: 1, last_loss: 5, kind: 'diverged', message: `${HOSTILE} ${'y'.repeat(10000)}` });
    return;
  }
  measure(plan.steps);
  say({
    type: 'finished', final_train_loss: 4, final_val_loss: 4.1, parameters: plan.parameters, tokens: plan.tokens,
    steps: plan.steps, flops: plan.flops, seconds: 1,
  });
}

say({ type: 'hello', protocol: 1, trainer: 'rude', devices: [] });
createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.type === 'start') train(order);
  if (order.type === 'stop') say({ type: 'stopped', step: 0 });
}).on('close', () => process.exit(0));
