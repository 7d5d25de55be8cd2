// Messaging services, their senders, scheduled messages, short codes.
"use strict";

const { assert, chapter, client, refused } = require("./twilio");

const digits = "1".repeat(32);
const to = "+14155550100";

chapter(async () => {
  const { services } = client.messaging.v1;
  const made = await services.create({ friendlyName: "Lamps", stickySender: true });
  const service = services(made.sid);
  const messagingServiceSid = made.sid;
  await refused(client.messages.create({ to, messagingServiceSid, body: "Hi" }), 21704);

  const number = await service.phoneNumbers.create({ phoneNumberSid: `PN${digits}` });
  const code = await service.shortCodes.create({ shortCodeSid: `SC${digits}` });
  const alpha = await service.alphaSenders.create({ alphaSender: "Owl Lamps" });
  const french = { alphaSender: "Owl Lamps", isoCountryCode: "FR" };
  const abroad = await service.destinationAlphaSenders.create(french);
  const channel = await service.channelSenders.create({ sid: `XE${digits}` });
  const added = [
    [service.phoneNumbers, number],
    [service.shortCodes, code],
    [service.alphaSenders, alpha],
    [service.destinationAlphaSenders, abroad],
    [service.channelSenders, channel],
  ];
  for (const [senders, sender] of added) {
    assert.equal((await senders(sender.sid).fetch()).sid, sender.sid);
    assert.deepEqual((await senders.list()).map((one) => one.sid), [sender.sid]);
  }

  const sendAt = new Date(Date.now() + 3_600_000);
  const scheduled = { to, messagingServiceSid, body: "Hi", scheduleType: "fixed", sendAt };
  const later = await client.messages.create(scheduled);
  assert.equal(later.status, "scheduled");
  assert.equal((await client.messages(later.sid).update({ status: "canceled" })).status, "canceled");
  const paris = await client.messages.create({ to: "+33612345678", messagingServiceSid, body: "Hi" });
  assert.equal(paris.messagingServiceSid, made.sid);

  const codes = client.api.v2010.account.shortCodes;
  const [own] = await codes.list({ shortCode: code.shortCode });
  const renamed = await codes(own.sid).update({ friendlyName: "Lamps" });
  assert.equal((await codes(own.sid).fetch()).friendlyName, renamed.friendlyName);

  assert.ok((await client.messaging.v1.usecases.fetch()).usecases.length > 0);
  assert.equal((await service.update({ validityPeriod: 60 })).validityPeriod, 60);
  assert.deepEqual((await services.list()).map((one) => one.sid), [made.sid]);
  for (const [senders, sender] of added) assert.equal(await senders(sender.sid).remove(), true);
  assert.equal(await service.remove(), true);
  await refused(service.fetch(), 20404);
});
