// Twilio's own client for Node, led to the simulator by its base URLs alone.
"use strict";

const assert = require("node:assert/strict");
const { setTimeout: wait } = require("node:timers/promises");
const twilio = require("twilio");

const { SIMULATOR, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN } = process.env;

const client = twilio(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN);
for (const product of [client.api, client.messaging, client.content, client.pricing]) {
  product.baseUrl = SIMULATOR;
}

/** Asks until the answer is as wanted, for ten seconds at most; the answer. */
async function until(ask, holds) {
  for (const end = Date.now() + 10_000; ; ) {
    const answer = await ask();
    if (holds(answer)) return answer;
    assert.ok(Date.now() < end, `never: ${holds}`);
    await wait(5);
  }
}

/** A call that must be refused with Twilio's code. */
async function refused(call, code) {
  await assert.rejects(call, (error) => {
    assert.equal(error.code, code);
    return true;
  });
}

/** Runs a chapter: its last line says that it came to its end. */
function chapter(run) {
  run().then(
    () => console.log("done"),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

module.exports = { assert, chapter, client, refused, until };
