// One line a check; a failure is told and remembered.

import assert from 'node:assert/strict';

let failed = 0;
let passed = 0;
const only = process.env.RETAIL_BROWSER_ONLY; // a part of the names of checks, to run just these

/** Runs a check. It passes when it does not throw; a text that it returns is printed beside its name. */
export async function check(name, run) {
  if (only && !name.includes(only)) return;
  const start = performance.now();
  try {
    const more = await run();
    passed += 1;
    console.log(`ok      ${name}${typeof more === 'string' ? ` (${more})` : ''} ${Math.round(performance.now() - start)} ms`);
  } catch (error) {
    failed += 1;
    const message = error instanceof assert.AssertionError ? error.message : (error?.stack ?? String(error));
    console.log(`FAILED  ${name}\n        ${message.split('\n').join('\n        ')}`);
  }
}

/** Says that something was not looked at, and why. */
export function skipped(name, why) {
  if (!only) console.log(`skipped ${name}: ${why}`);
}

/** Prints the sum of it; the exit status. */
export function finish() {
  console.log(`${passed} checks passed, ${failed} failed`);
  return failed || !passed ? 1 : 0;
}
