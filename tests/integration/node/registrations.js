// A2P brands and campaigns, toll-free numbers, domains of short links.
"use strict";

const { assert, chapter, client, refused, until } = require("./twilio");

const sid = (prefix, digit) => prefix + digit.repeat(32);
const { v1 } = client.messaging;

async function register() {
  const made = await v1.brandRegistrations.create({
    customerProfileBundleSid: sid("BU", "1"),
    a2PProfileBundleSid: sid("BU", "2"),
  });
  const brand = v1.brandRegistrations(made.sid);
  await until(
    () => brand.fetch(),
    (told) => told.status === "APPROVED",
  );
  const asked = await brand.brandVettings.create({ vettingProvider: "aegis" });
  const vetting = brand.brandVettings(asked.brandVettingSid);
  assert.equal((await vetting.fetch()).brandVettingSid, asked.brandVettingSid);
  assert.equal((await brand.brandVettings.list()).length, 1);
  assert.equal((await v1.brandRegistrations.list()).length, 1);

  const { usAppToPerson, usAppToPersonUsecases } = v1.services(sid("MG", "1"));
  assert.ok((await usAppToPersonUsecases.fetch()).usAppToPersonUsecases.length > 0);
  const campaign = await usAppToPerson.create({
    brandRegistrationSid: made.sid,
    description: "Sends one-time codes to people who sign in to their account.",
    messageFlow: "People type their number on our sign-up page and tick a box there.",
    messageSamples: ["Your code for Owl Lamps is 123456.", "654321 is your code for Owl Lamps."],
    usAppToPersonUsecase: "2FA",
    hasEmbeddedLinks: false,
    hasEmbeddedPhone: false,
  });
  const verified = await until(
    () => usAppToPerson(campaign.sid).fetch(),
    (told) => told.campaignStatus === "VERIFIED",
  );
  assert.deepEqual((await usAppToPerson.list()).map((one) => one.sid), [verified.sid]);
  assert.equal(await usAppToPerson(campaign.sid).remove(), true);
}

async function verifyTollFree() {
  const made = await v1.tollfreeVerifications.create({
    businessName: "Owl Lamps",
    businessWebsite: "https://owl-lamps.example",
    notificationEmail: "owner@owl-lamps.example",
    useCaseCategories: ["ACCOUNT_NOTIFICATIONS"],
    useCaseSummary: "simulate TWILIO_REJECTED",
    productionMessageSample: "Your lamp is ready. Reply STOP to opt out.",
    optInImageUrls: ["https://owl-lamps.example/opt-in.png"],
    optInType: "WEB_FORM",
    messageVolume: "1,000",
    tollfreePhoneNumberSid: sid("PN", "3"),
  });
  const verification = v1.tollfreeVerifications(made.sid);
  await until(
    () => verification.fetch(),
    (told) => told.status === "TWILIO_REJECTED",
  );
  assert.equal((await v1.tollfreeVerifications.list()).length, 1);
  const edited = await verification.update({ businessName: "Owl Lamps Ltd" });
  assert.equal(edited.businessName, "Owl Lamps Ltd");
}

async function shortenLinks() {
  const [domain, service] = [sid("DN", "5"), sid("MG", "1")];
  assert.equal((await v1.requestManagedCert(domain).update()).managed, true);
  assert.equal((await client.messaging.v2.domainCerts(domain).fetch()).managed, true);
  const certificate = v1.domainCerts(domain);
  const handedIn = await certificate.update({ tlsCert: process.env.CERTIFICATE });
  assert.equal((await certificate.fetch()).certificateSid, handedIn.certificateSid);
  assert.equal(await certificate.remove(), true);
  await refused(certificate.fetch(), 20404);
  assert.equal((await v1.domainValidateDns(domain).fetch()).isValid, true);
  const config = await v1.domainConfig(domain).update({ continueOnFailure: true });
  assert.equal((await v1.domainConfig(domain).fetch()).configSid, config.configSid);
  const pair = v1.linkshorteningMessagingService(domain, service);
  assert.equal((await pair.create()).domainSid, domain);
  const association = v1.linkshorteningMessagingServiceDomainAssociation(service);
  assert.equal((await association.fetch()).domainSid, domain);
  assert.equal(
    (await v1.domainConfigMessagingService(service).fetch()).messagingServiceSid,
    service,
  );
  assert.equal(await pair.remove(), true);
  await refused(association.fetch(), 20404);
}

chapter(async () => {
  await register();
  await verifyTollFree();
  await shortenLinks();
});
