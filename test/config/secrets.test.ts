/** Secrets of a document: they are in no problem, whatever is wrong with it, and in nothing that may leave the machine. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { configDigest } from "../../agent/config/digest.ts";
import { withoutSecrets } from "../../agent/config/withoutSecrets.ts";
import { AUTHENTICATION, configFrom, KEY, MAIL, PEER_LINK, problemsOf, textOf, WEB } from "./documents.ts";

const OTHER_KEY = "5e".repeat(32);
const SECRET = "Tr0ub4dor&3-and-so-on";
const DIGEST_KEY = "0d".repeat(32);

/** Documents in which a secret stands where people have put one, rightly or not, each with something wrong. */
const MISTAKES: Readonly<Record<string, (secret: unknown) => string>> = {
  "a CARP password": (password) => textOf([{ ...MAIL, password, dialect: "bsd" }]),
  "a CARP password of a protocol that is none": (password) => textOf([{ password, name: "mail", protocol: "crap" }]),
  "a CARP password in a list of lists": (password) => textOf([[{ password }]]),
  "virtual routers by name": (password) =>
    JSON.stringify({ version: 1, node: "edge-1", virtualRouters: { web: { password } } }),
  "a password beside VRRP": (password) => textOf([{ ...WEB, password }]),
  "a key": (secret) => textOf([{ ...WEB, authentication: { ...AUTHENTICATION, keys: [{ id: 1, secret }] } }]),
  "a key that is no object": (secret) => textOf([{ ...WEB, authentication: { ...AUTHENTICATION, keys: [secret] } }]),
  "keys that are no list": (keys) => textOf([{ ...WEB, authentication: { ...AUTHENTICATION, keys } }]),
  "an authentication that is a password": (authentication) => textOf([{ ...WEB, authentication }]),
  "the peer link's key": (key) => textOf([WEB], { peerLink: { ...PEER_LINK, key, missed: 0 } }),
  "the peer link's other key": (key) => textOf([WEB], { peerLink: { ...PEER_LINK, otherKeys: [{ number: 2, key }] } }),
  "a peer link that is a key": (peerLink) => textOf([WEB], { peerLink }),
  "a peer link in a list": (key) => textOf([WEB], { peerLink: [{ key }] }),
  "the key of its digest": (digestKey) => textOf([WEB], { digestKey }),
  "the key of its digest, in a list": (digestKey) => JSON.stringify([{ digestKey }]),
  "a document in a list": (key) => JSON.stringify([{ peerLink: { key }, virtualRouters: [{ password: key }] }]),
};

describe("a secret", () => {
  for (const [what, text] of Object.entries(MISTAKES)) {
    it(`is in no problem: ${what}`, () => {
      const secrets = fc.oneof(
        fc.constant(SECRET),
        fc.string({ minLength: 12 }).map((tail) => `${SECRET}${tail}`),
      );
      fc.assert(
        fc.property(secrets, (secret) => {
          const problems = problemsOf(text(secret));
          assert.ok(problems.length > 0);
          assert.ok(!problems.join("\n").includes(SECRET.slice(0, 6)), problems.join("\n"));
        }),
      );
    });
  }

  it("is in no problem of a text that is no JSON", () => {
    const text = textOf([{ ...MAIL, password: SECRET }]);
    for (let length = 0; length < text.length; length++) {
      assert.ok(!problemsOf(text.slice(0, length)).join("\n").includes(SECRET.slice(0, 6)));
    }
  });

  it("is in no digest that could be tried, and in nothing that a simulation is given", () => {
    const password = SECRET.slice(0, 19);
    const config = configFrom(
      textOf(
        [
          { ...WEB, authentication: AUTHENTICATION },
          { ...MAIL, password, hooks: { up: ["/bin/hook", SECRET] } },
        ],
        {
          peerLink: { ...PEER_LINK, otherKeys: [{ number: 2, key: OTHER_KEY }] },
          digestKey: DIGEST_KEY,
          checks: { api: { http: `http://user:${SECRET}@127.0.0.1/` }, own: { command: ["/bin/check", SECRET] } },
        },
      ),
    );
    const text = JSON.stringify(withoutSecrets(config));
    for (const secret of [KEY, OTHER_KEY, DIGEST_KEY, password, SECRET]) assert.ok(!text.includes(secret));
    assert.match(configDigest(config), /^[0-9a-f]{64}$/);
  });

  it("that is left out leaves everything else", () => {
    const config = configFrom(
      textOf([{ ...WEB, track: { uplink: 60 } }], { checks: { uplink: { ping: "192.0.2.1" } }, peerLink: PEER_LINK }),
    );
    const { virtualRouters, peerLink, node } = withoutSecrets(config);
    assert.deepEqual(
      virtualRouters,
      config.virtualRouters.map((router) => ({ ...router, authentication: undefined })),
    );
    assert.deepEqual([node, peerLink?.peers, peerLink?.heartbeat], ["edge-1", PEER_LINK.peers, 100_000]);
  });
});
