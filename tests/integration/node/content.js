// Content templates and their approvals, senders of WhatsApp, typing indicators.
"use strict";

const { assert, chapter, client, refused, until } = require("./twilio");

const { v1, v2 } = client.content;

async function template() {
  const made = await v1.contents.create({
    friendly_name: "owl_order",
    language: "en",
    variables: { 1: "your lamp" },
    types: { "twilio/text": { body: "{{1}} is on its way." } },
  });
  const content = v1.contents(made.sid);
  const asked = await content.approvalCreate.create({ name: "owl_order", category: "UTILITY" });
  assert.equal(asked.category, "UTILITY");
  await until(
    () => content.approvalFetch().fetch(),
    (told) => told.whatsapp.status === "approved",
  );
  const message = await client.messages.create({
    to: "whatsapp:+14155550100",
    from: "whatsapp:+15005550006",
    contentSid: made.sid,
    contentVariables: JSON.stringify({ 1: "A lamp" }),
  });
  assert.equal(message.body, "A lamp is on its way.");
  for (const lists of [v1.contents, v1.contentAndApprovals, v1.legacyContents, v2.contents]) {
    assert.deepEqual((await lists.list()).map((one) => one.sid), [made.sid]);
  }
  const found = await v2.contentAndApprovals.list({ contentName: "owl", language: ["en"] });
  assert.equal(found[0].approvalRequests.status, "approved");
  const changed = await content.update({ types: { "twilio/text": { body: "Bye" } } });
  assert.deepEqual(changed.types, { "twilio/text": { body: "Bye" } });
  assert.equal(await content.remove(), true);
  await refused(content.fetch(), 20404);
}

async function sender() {
  const { channelsSenders } = client.messaging.v2;
  const made = await channelsSenders.create({
    sender_id: "whatsapp:+15017122661",
    profile: { name: "Owl Lamps" },
  });
  const one = channelsSenders(made.sid);
  await until(
    () => one.fetch(),
    (told) => told.status === "PENDING_VERIFICATION",
  );
  await one.update({ configuration: { verification_code: "123456" } });
  await until(
    () => one.fetch(),
    (told) => told.status === "ONLINE",
  );
  assert.equal((await channelsSenders.list({ channel: "whatsapp" })).length, 1);
  assert.equal(await one.remove(), true);
}

async function typing() {
  const written = { from: "whatsapp:+14155550100", to: "whatsapp:+15005550006", body: "Hi" };
  const answer = await fetch(`${process.env.SIMULATOR}/inbox/replies`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(written),
  });
  const { message } = await answer.json();
  const { typingIndicator } = client.messaging.v2;
  const given = { channel: "whatsapp", messageId: message.sid };
  assert.equal((await typingIndicator.create(given)).success, true);
  await refused(typingIndicator.create({ ...given, messageId: `SM${"0".repeat(32)}` }), 20404);
}

chapter(async () => {
  await template();
  await sender();
  await typing();
});
