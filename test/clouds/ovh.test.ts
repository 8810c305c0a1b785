/** OVH's API as the agent speaks to it: what is signed, what is renewed, what a failure means. */
import assert from "node:assert/strict";
import { ApiFailure } from "../../agent/clouds/apiFailure.ts";
import { ovhFailoverIp } from "../../agent/clouds/ovhFailoverIp.ts";
import { OvhSession } from "../../agent/clouds/ovhSession.ts";
import { ovhSignature } from "../../agent/clouds/ovhSignature.ts";
import type { OvhAccess } from "../../agent/config/schema/document.ts";
import { type Asked, type Scripted, ScriptedApi } from "./scriptedApi.ts";

const PROJECT = "0123456789abcdef0123456789abcdef";
const KEYS = {
  applicationKey: "7kbG7Bk7S9Nt7ZSV",
  applicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
  consumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
};
const ME = "66666666-7777-4888-8999-aaaaaaaaaaaa";
const OTHER = "11111111-2222-4333-8444-555555555555";
const ID = "b1d2c3e4-0000-4000-8000-000000000001";
const ADDRESS = "203.0.113.10";
const SIGNAL = new AbortController().signal;

const ip = (changes: object = {}): object => ({
  id: ID,
  ip: ADDRESS,
  routedTo: OTHER,
  status: "ok",
  progress: 0,
  ...changes,
});
const ok = (body: unknown): Scripted => ({ status: 200, body });
const refusal = (status: number, errorCode: string): Scripted => ({
  status,
  body: { errorCode, httpCode: `${status} x`, message: `said ${errorCode}` },
});

let api: ScriptedApi;
let answer: (asked: Asked) => Scripted;

function access(changes: Partial<OvhAccess> = {}): OvhAccess {
  return { endpoint: `${api.url}/1.0`, project: PROJECT, credentials: KEYS, ...changes };
}
const accountAccess = (): OvhAccess =>
  access({ credentials: { clientId: "EU.1", clientSecret: "s3cret", tokenUrl: `${api.url}/auth/oauth2/token` } });

/** The asked paths, without the endpoint's. */
const paths = (): readonly string[] =>
  api.asked.map(({ method, path }) => `${method} ${path.replace(`/1.0/cloud/project/${PROJECT}/ip/failover`, "…")}`);

async function failureOf(promise: Promise<unknown>): Promise<ApiFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiFailure, String(error));
  return error;
}

beforeEach(async () => {
  answer = () => ok(null);
  api = await ScriptedApi.open((asked) => {
    if (asked.path === "/1.0/auth/time") return ok(Math.floor(Date.now() / 1_000));
    return answer(asked);
  });
});
afterEach(() => api.close());

describe("OVH's signature", () => {
  it("is that of OVH's published example, and of the calls that the agent makes", () => {
    const failover = `https://eu.api.ovh.com/1.0/cloud/project/${PROJECT}/ip/failover`;
    const cases = [
      ["GET", "https://eu.api.ovh.com/1.0/domains/", "", 1_366_560_945, "$1$d3705e8afb27a0d2970a322b96550abfc67bb798"],
      [
        "POST",
        `${failover}/${ID}/attach`,
        `{"instanceId":"${OTHER}"}`,
        1_700_000_000,
        "$1$1e9e2cd9894eaad401cb1b89b274f56db543d4a2",
      ],
      ["GET", failover, "", 1_700_000_000, "$1$4a681e8a0c0dfa32d7165086561bcf23445c314f"],
    ] as const;
    for (const [method, url, body, timestamp, signature] of cases) {
      assert.equal(ovhSignature(KEYS, { method, url, body, timestamp }), signature);
    }
  });
});

describe("a session with OVH", () => {
  it("signs by OVH's clock, which it asks for once", async () => {
    const hours = 3 * 3_600;
    await api.close();
    api = await ScriptedApi.open(({ path }) =>
      path === "/1.0/auth/time" ? ok(Math.floor(Date.now() / 1_000) - hours) : ok([]),
    );
    const session = new OvhSession(access());
    await session.call({ method: "GET", path: "/a?b=c" }, SIGNAL);
    await session.call({ method: "GET", path: "/a?b=c" }, SIGNAL);
    session.close();
    assert.deepEqual(
      api.asked.map(({ path }) => path),
      ["/1.0/auth/time", "/1.0/a?b=c", "/1.0/a?b=c"],
    );
    const { headers } = api.asked[1] ?? assert.fail();
    const timestamp = Number(headers["x-ovh-timestamp"]);
    assert.ok(Math.abs(timestamp - (Date.now() / 1_000 - hours)) < 3);
    const signed = { method: "GET", url: `${api.url}/1.0/a?b=c`, body: "", timestamp };
    assert.equal(headers["x-ovh-signature"], ovhSignature(KEYS, signed));
    assert.deepEqual(
      [headers["x-ovh-application"], headers["x-ovh-consumer"]],
      [KEYS.applicationKey, KEYS.consumerKey],
    );
  });

  it("measures the clock again when a signature is refused, and goes on", async () => {
    let refusals = 1;
    answer = () => (refusals-- > 0 ? refusal(400, "INVALID_SIGNATURE") : ok(["done"]));
    const session = new OvhSession(access());
    assert.deepEqual(await session.call({ method: "GET", path: "/a" }, SIGNAL), ["done"]);
    session.close();
    assert.deepEqual(paths(), ["GET /1.0/auth/time", "GET /1.0/a", "GET /1.0/auth/time", "GET /1.0/a"]);
  });

  it("takes a signature that is refused twice for wrong keys", async () => {
    answer = () => refusal(400, "INVALID_SIGNATURE");
    const session = new OvhSession(access());
    const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
    session.close();
    assert.deepEqual([failure.kind, failure.code], ["refused", "INVALID_SIGNATURE"]);
  });

  it("gets a service account's token once, and another when it is refused", async () => {
    let tokens = 0;
    answer = ({ path, headers }) => {
      if (path === "/auth/oauth2/token")
        return ok({ access_token: `t${++tokens}`, token_type: "Bearer", expires_in: 3_599 });
      return headers.authorization === "Bearer t1" && tokens === 1 && api.asked.length > 2
        ? refusal(401, "EXPIRED")
        : ok([headers.authorization]);
    };
    const session = new OvhSession(accountAccess());
    assert.deepEqual(await session.call({ method: "GET", path: "/a" }, SIGNAL), ["Bearer t1"]);
    assert.deepEqual(await session.call({ method: "POST", path: "/a", body: {} }, SIGNAL), ["Bearer t2"]);
    session.close();
    const [first] = api.asked;
    assert.equal(first?.body, "grant_type=client_credentials&client_id=EU.1&client_secret=s3cret&scope=all");
    assert.equal(tokens, 2);
    assert.equal(api.asked.at(-1)?.headers["content-type"], "application/json");
  });

  it("says what a failure means, with OVH's words and no secret", async () => {
    const cases: readonly (readonly [Scripted, string, RegExp])[] = [
      [refusal(403, "INVALID_CREDENTIAL"), "refused", /^HTTP 403: said INVALID_CREDENTIAL \(INVALID_CREDENTIAL\)$/],
      [
        {
          status: 403,
          body: {
            class: "Client::Forbidden",
            message: "User not granted for this request",
            details: { unauthorizedActionsByIAM: "publicCloudProject:apiovh:ip/failover/attach" },
          },
        },
        "refused",
        /lacks publicCloudProject:apiovh:ip\/failover\/attach$/,
      ],
      [{ status: 400, body: { class: "Client::BadRequest::X", message: "not yet" } }, "not-ready", /not yet/],
      [{ status: 409, body: { message: "pending" } }, "not-ready", /HTTP 409: pending/],
      [{ status: 500, body: { message: "oops" } }, "broken", /HTTP 500: oops/],
      [{ status: 503, body: "<html>\n<b>busy</b></html>" }, "broken", /HTTP 503 with no JSON: <html> <b>busy/],
      [{ status: 200, body: "<html>" }, "broken", /HTTP 200 with no JSON/],
      [{ status: 429, body: { message: "slow" }, headers: { "retry-after": "7" } }, "busy", /HTTP 429: slow/],
      ["cut", "unreachable", /ECONNRESET|socket hang up/],
    ];
    const session = new OvhSession(access());
    for (const [scripted, kind, message] of cases) {
      answer = () => scripted;
      const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
      assert.equal(failure.kind, kind, failure.message);
      assert.match(failure.message, message);
      if (kind === "busy") assert.equal(failure.retryAfterMicros, 7_000_000);
      for (const secret of Object.values(KEYS)) assert.ok(!failure.message.includes(secret));
    }
    session.close();
  });

  it("makes 30 requests a minute at most, and says for how long there is none", async () => {
    const session = new OvhSession(access());
    for (let call = 0; call < 29; call++) await session.call({ method: "GET", path: "/a" }, SIGNAL);
    const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
    session.close();
    assert.equal(failure.kind, "busy");
    assert.ok((failure.retryAfterMicros ?? 0) > 50_000_000);
    assert.equal(api.asked.length, 30, "the time among them");
  });

  it("gives a call up when it is told so, and keeps its connection otherwise", async () => {
    const session = new OvhSession(access());
    await session.call({ method: "GET", path: "/a" }, SIGNAL);
    await session.call({ method: "GET", path: "/a" }, SIGNAL);
    assert.equal(new Set(api.asked.map(({ from }) => from)).size, 1);
    const controller = new AbortController();
    answer = () => {
      controller.abort();
      return "never";
    };
    assert.equal((await failureOf(session.call({ method: "GET", path: "/a" }, controller.signal))).kind, "aborted");
    session.close();
  });

  it("reads no answer without end", async () => {
    answer = () => ok("x".repeat(2_000_000));
    const session = new OvhSession(access());
    const failure = await failureOf(session.call({ method: "GET", path: "/a" }, SIGNAL));
    session.close();
    assert.match(failure.message, /more than 1048576 octets/);
  });
});

describe("a failover IP at OVH", () => {
  it("is found by its address once, then read by its id, and moved by its id", async () => {
    answer = ({ method, path }) => {
      if (method === "POST") return ok(ip({ routedTo: ME, status: "operationPending" }));
      return path.endsWith(ID) ? ok(ip({ routedTo: null })) : ok([ip({ id: "x", ip: "203.0.113.11" }), ip()]);
    };
    const route = ovhFailoverIp(access(), ADDRESS, ME);
    assert.deepEqual(await route.read(SIGNAL), { to: OTHER, settled: true });
    assert.deepEqual(await route.read(SIGNAL), { to: null, settled: true });
    assert.deepEqual(await route.move(SIGNAL), { to: ME, settled: false });
    route.close();
    assert.deepEqual(paths(), ["GET /1.0/auth/time", "GET …", `GET …/${ID}`, `POST …/${ID}/attach`]);
    assert.equal(api.asked.at(-1)?.body, JSON.stringify({ instanceId: ME }));
  });

  it("is looked for again when its id is gone, and missed when its address is", async () => {
    let list = [ip()];
    answer = ({ path }) => (path.endsWith(ID) ? { status: 404, body: { message: "gone" } } : ok(list));
    const route = ovhFailoverIp(access(), ADDRESS, ME);
    await route.read(SIGNAL);
    list = [ip({ id: "another" })];
    assert.deepEqual(await route.read(SIGNAL), { to: OTHER, settled: true });
    list = [];
    answer = ({ path }) => (path.endsWith("another") ? { status: 404, body: { message: "gone" } } : ok(list));
    const failure = await failureOf(route.read(SIGNAL));
    route.close();
    assert.equal(failure.kind, "missing");
    assert.match(failure.message, new RegExp(`${ADDRESS} is no failover IP of project ${PROJECT}`));
  });

  it("takes an answer of another shape for no answer", async () => {
    for (const body of [null, {}, [{ id: 3 }], [ip({ status: "error" })]]) {
      answer = () => ok(body);
      const route = ovhFailoverIp(access(), ADDRESS, ME);
      assert.equal((await failureOf(route.read(SIGNAL))).kind, "broken", JSON.stringify(body));
      route.close();
    }
  });
});
