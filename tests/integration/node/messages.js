// Messages, media, feedback, balance, prices, deactivations.
"use strict";

const { assert, chapter, client, refused, until } = require("./twilio");

const to = "+14155550100";
const from = "+15005550006";

chapter(async () => {
  const made = await client.messages.create({
    to,
    from,
    body: "Look",
    mediaUrl: ["https://owl-lamps.example/1.png"],
    provideFeedback: true,
  });
  assert.equal(made.status, "queued");
  const message = client.messages(made.sid);
  const sent = await until(
    () => message.fetch(),
    (told) => told.status === "delivered",
  );
  assert.equal(sent.price, "-0.02000");
  const [media] = await message.media.list();
  assert.equal(media.contentType, "image/png");
  assert.equal((await message.media(media.sid).fetch()).parentSid, made.sid);
  assert.equal(await message.media(media.sid).remove(), true);
  assert.equal((await message.feedback.create({ outcome: "confirmed" })).outcome, "confirmed");
  assert.equal((await message.update({ body: "" })).body, "");
  assert.equal(await message.remove(), true);
  await refused(message.fetch(), 20404);

  const bodies = ["a", "b", "c", "d", "e"];
  for (const body of bodies) await client.messages.create({ to, from, body });
  const listed = await client.messages.list({ to, pageSize: 2 });
  assert.deepEqual(listed.map((one) => one.body), bodies.reverse());
  await refused(client.messages.create({ to: "+15005550001", from, body: "Hi" }), 21211);

  assert.equal((await client.balance.fetch()).currency, "USD");
  const { countries } = client.pricing.v1.messaging;
  assert.ok((await countries.list({ limit: 2 })).length === 2);
  assert.equal((await countries("US").fetch()).priceUnit, "USD");
  const yesterday = new Date(Date.now() - 86_400_000);
  const { redirectTo } = await client.messaging.v1.deactivations().fetch({ date: yesterday });
  assert.ok(redirectTo.startsWith(process.env.SIMULATOR));
});
