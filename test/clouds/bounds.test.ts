/** Every number and text of an API has a least and a greatest value, and no answer takes longer or more than is of use. */
import assert from "node:assert/strict";
import type { ApiFailure } from "../../agent/clouds/apiFailure.ts";
import { JsonClient } from "../../agent/clouds/jsonClient.ts";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import { ovhFailoverIp } from "../../agent/clouds/ovhFailoverIp.ts";
import { OvhSession } from "../../agent/clouds/ovhSession.ts";
import { retryAfterMicros } from "../../agent/clouds/retryAfter.ts";
import { usableMs } from "../../agent/clouds/tokenLife.ts";
import type { OvhAccess } from "../../agent/config/schema/document.ts";
import { type Asked, failureOf, type Scripted, ScriptedApi } from "./scriptedApi.ts";

const SIGNAL = new AbortController().signal;
const PROJECT = "0123456789abcdef0123456789abcdef";
const ADDRESS = "203.0.113.10";
const NOW_MS = Date.parse("2026-11-21T02:05:13Z");
const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

const ok = (body: unknown): Scripted => ({ status: 200, body });

let api: ScriptedApi;
let answer: (asked: Asked) => Scripted;
beforeEach(async () => {
  answer = () => ok(null);
  api = await ScriptedApi.open((asked) => answer(asked));
});
afterEach(() => api.close());

const ovh = (credentials?: OvhAccess["credentials"]): OvhAccess => ({
  endpoint: `${api.url}/1.0`,
  project: PROJECT,
  credentials: credentials ?? { clientId: "EU.1", clientSecret: "s3cret", tokenUrl: `${api.url}/token` },
});
const KEYS = { applicationKey: "key", applicationSecret: "s3cret", consumerKey: "consumer" };

describe("Retry-After", () => {
  const cases: readonly (readonly [string | undefined, number | undefined])[] = [
    [undefined, undefined],
    ["", undefined],
    ["0", undefined],
    ["7", 7 * SECOND],
    ["3600", 3_600 * SECOND],
    ["2147484", DAY],
    ["9".repeat(400), DAY],
    ["-1", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["1e9", undefined],
    ["0x10", undefined],
    ["1.5", undefined],
    ["7, 8", undefined],
    ["Sat, 21 Nov 2026 02:05:43 GMT", 30 * SECOND],
    ["Sat, 21 Nov 2026 02:04:43 GMT", undefined],
    ["Fri, 31 Dec 9999 23:59:59 GMT", DAY],
    ["Sat, 99 Nov 2026 02:05:43 GMT", undefined],
    ["2030", 2_030 * SECOND],
    ["tomorrow", undefined],
  ];
  for (const [written, micros] of cases) {
    const shown = written === undefined || written.length < 40 ? written : `${written.slice(0, 8)}…`;
    it(`${shown === undefined ? "none" : JSON.stringify(shown)} is ${micros === undefined ? "no wait" : `${micros / SECOND} s`}`, () => {
      assert.equal(retryAfterMicros({ "retry-after": written }, NOW_MS), micros);
    });
  }

  it("is by the API's own clock where it is a date and the answer says its time", () => {
    const headers = { "retry-after": "Sat, 21 Nov 2026 02:05:43 GMT", date: "Sat, 21 Nov 2026 02:05:40 GMT" };
    assert.equal(retryAfterMicros(headers, 0), 3 * SECOND);
  });

  it("counts once when it is sent several times, also beside a page that is no JSON", async () => {
    const session = new OvhSession(ovh(KEYS));
    answer = ({ path }) =>
      path.endsWith("/time")
        ? ok(1_790_000_000)
        : {
            write: (response) => {
              response.writeHead(503, ["Retry-After", "3600", "Retry-After", "2147484"]).end("<html>");
            },
          };
    const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
    session.close();
    assert.deepEqual([failure.kind, failure.retryAfterMicros], ["broken", 3_600 * SECOND]);
  });
});

describe("the life of a token", () => {
  it("is a minute at least, a day at most, and its end is never waited for", () => {
    const cases: readonly (readonly [number, number])[] = [
      [-1e12, 60_000],
      [NaN, 60_000],
      [0, 60_000],
      [1, 60_000],
      [200_000, 100_000],
      [3_600_000, 3_000_000],
      [43_200_000, 42_600_000],
      [1e12, 86_400_000],
      [Infinity, 86_400_000],
    ];
    for (const [lifeMs, usable] of cases) assert.equal(usableMs(lifeMs), usable, `${lifeMs}`);
  });

  it("that is over before it begins does not have each call log in first", async () => {
    let logins = 0;
    answer = ({ path }) => {
      if (path !== "/token") return ok([]);
      logins += 1;
      return ok({ access_token: "t", expires_in: -5 });
    };
    const session = new OvhSession(ovh());
    for (let call = 0; call < 5; call++) await session.call({ method: "GET", path: "/a" }, SIGNAL);
    session.close();
    assert.equal(logins, 1);
  });

  it("is no token when it would end a header's line, or has no end", async () => {
    for (const token of ["a\r\nx-evil: 1", "", "ä", "x".repeat(10_000), 7, null]) {
      answer = () => ok({ access_token: token, expires_in: 3_600 });
      const session = new OvhSession(ovh());
      const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
      session.close();
      assert.equal(failure.kind, "broken", JSON.stringify(token));
      assert.equal(api.asked.filter(({ path }) => path !== "/token").length, 0);
    }
  });
});

describe("OVH's clock", () => {
  it("is a time of this century in whole seconds, or is not believed", async () => {
    for (const body of [0, -1, 1e18, 1.5, 1e308, '"1790000000"', null, [], {}]) {
      answer = () => ok(body);
      const session = new OvhSession(ovh(KEYS));
      const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
      session.close();
      assert.equal(failure.kind, "broken", JSON.stringify(body));
    }
    assert.equal(api.asked.filter(({ path }) => path.endsWith("/a")).length, 0, "nothing is signed by it");
  });
});

describe("an id of an API", () => {
  it("is no path: what is no id is no answer, and nothing is asked for by it", async () => {
    const ip = { ip: ADDRESS, routedTo: null, status: "ok" };
    for (const id of ["../../../me", "a/b", "a?b", "", "x".repeat(65), "a b", 7]) {
      answer = ({ path }) => (path === "/token" ? ok({ access_token: "t", expires_in: 60 }) : ok([{ ...ip, id }]));
      const route = ovhFailoverIp(ovh(), ADDRESS, "me");
      assert.equal((await failureOf(route.move(SIGNAL))).kind, "broken", JSON.stringify(id));
      route.close();
    }
    assert.ok(api.asked.every(({ path }) => path === "/token" || path.endsWith("/ip/failover")));
  });
});

describe("an answer", () => {
  const call = async (): Promise<ApiFailure> => {
    const session = new OvhSession(ovh());
    const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
    session.close();
    return failure;
  };
  const toCall = (written: Scripted): void => {
    answer = ({ path }) => (path === "/token" ? ok({ access_token: "t", expires_in: 3_600 }) : written);
  };

  it("without end is read to its bound, chunk by chunk or with a length that is a lie", async () => {
    for (const headers of [{}, { "content-length": "9007199254740991" }]) {
      toCall({
        write: (response) => {
          response.writeHead(200, headers);
          const more = (): void => {
            while (!response.destroyed && response.write("x".repeat(65_536)));
          };
          response.on("drain", more);
          more();
        },
      });
      assert.match((await call()).message, /more than 1048576 octets/);
    }
  });

  it("that never ends, an octet now and then, is given up when its time is over, and its connection with it", async () => {
    const cut = new Promise<void>((resolve) => {
      answer = () => ({
        write: (response) => {
          response.writeHead(200);
          const drip = setInterval(() => response.write(" "), 20);
          response.on("close", () => {
            clearInterval(drip);
            resolve();
          });
        },
      });
    });
    const client = new JsonClient({}, 500);
    const failure = await failureOf(client.send({ method: "GET", url: api.url }, SIGNAL));
    await cut;
    client.close();
    assert.equal(failure.kind, "unreachable");
    assert.match(failure.message, /: no answer within 0\.5 s$/);
  });

  it("of brackets within brackets is one like any other", async () => {
    for (const status of [200, 500]) {
      toCall({ status, body: `${"[".repeat(500_000)}${"]".repeat(500_000)}` });
      const session = new OvhSession(ovh());
      const result = await session.call({ method: "GET", path: "/a" }, SIGNAL).catch((error: unknown) => error);
      session.close();
      assert.equal(result instanceof Error, status === 500);
    }
  });

  it("that leads elsewhere is not followed, with any status", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      toCall({ status, body: "", headers: { location: `${api.url}/elsewhere` } });
      const { kind, message } = await call();
      assert.equal(kind, "broken");
      assert.match(message, /leads to http:\/\/127\.0\.0\.1:\d+\/elsewhere, which is not followed/);
    }
    assert.ok(api.asked.every(({ path }) => path !== "/elsewhere"));
  });

  it("cannot move the cursor of whoever reads what it said", async () => {
    toCall({ status: 500, body: { message: "a\u001b[2J\u0007b\u202ec\u200bd" } });
    assert.equal((await call()).message, "HTTP 500: a [2J b c d");
  });
});

describe("Keystone's word on a token's end", () => {
  const issued = "2026-11-21T02:05:13.000000Z";
  for (const [expires, logins] of [
    ["1970-01-01T00:00:00.000000Z", 1],
    ["9999-12-31T23:59:59.000000Z", 1],
    ["never", 5],
  ] as const) {
    it(`${expires}: ${logins} logins for five reads`, async () => {
      let count = 0;
      answer = ({ path }) => {
        if (path.includes("/ports")) return ok({ ports: [{ id: "port-me" }] });
        if (path.includes("/floatingips")) return ok({ floatingips: [{ id: "fip", port_id: null }] });
        count += 1;
        const endpoints = [{ interface: "public", region: "GRA11", url: `${api.url}/network/` }];
        const token = { issued_at: issued, expires_at: expires, catalog: [{ type: "network", endpoints }] };
        return { status: 201, body: { token }, headers: { "x-subject-token": "t" } };
      };
      const access = { authUrl: `${api.url}/v3`, region: "GRA11", applicationCredential: { id: "a", secret: "s" } };
      const route = openstackFloatingIp(access, ADDRESS, "me", "10.25.0.11");
      for (let read = 0; read < 5; read++) await route.read(SIGNAL).catch(() => undefined);
      route.close();
      assert.equal(count, logins);
    });
  }
});
