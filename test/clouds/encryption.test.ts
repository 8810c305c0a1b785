/** Credentials go to an API over TLS that is checked, or to this machine: nothing else is called, whatever leads there. */
import assert from "node:assert/strict";
import type { ApiFailure } from "../../agent/clouds/apiFailure.ts";
import { JsonClient, type Way } from "../../agent/clouds/jsonClient.ts";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import { isReadableOnTheWay } from "../../agent/config/fields/plainHttp.ts";
import { type Asked, certificate, type Scripted, ScriptedApi } from "./scriptedApi.ts";

const SIGNAL = new AbortController().signal;
const OK: Scripted = { status: 200, body: "yes" };
const CA = certificate("ca");

let opened: ScriptedApi[] = [];
afterEach(async () => {
  for (const api of opened) await api.close();
  opened = [];
});
async function serve(answer: (asked: Asked) => Scripted, cert?: string): Promise<ScriptedApi> {
  const api = await ScriptedApi.open(answer, cert);
  opened.push(api);
  return api;
}

/** The answer's text, or what failed. */
async function got(url: string, way: Way): Promise<string> {
  const client = new JsonClient(way);
  try {
    const { text } = await client.send({ method: "GET", url, headers: { "x-auth-token": "t0k3n" } }, SIGNAL);
    return text;
  } catch (error) {
    return `${(error as ApiFailure).kind}: ${(error as ApiFailure).message}`;
  } finally {
    client.close();
  }
}

describe("http:// to another machine", () => {
  it("is told from https, and from this machine under all of its names", () => {
    const readable = [
      "http://192.0.2.1/v3",
      "http://localhost.example",
      "HTTP://api.example",
      "http://[2001:db8::1]:80",
    ];
    const others = [
      "http://127.0.0.1:5000/v3",
      "http://127.9",
      "http://localhost/v3",
      "http://[::1]:5000",
      "https://a.b",
    ];
    assert.deepEqual(readable.filter(isReadableOnTheWay), readable);
    assert.deepEqual(others.filter(isReadableOnTheWay), []);
    assert.equal(isReadableOnTheWay("http://127.0.0.1.example"), true);
  });

  it("is not called, but with the key for a lab", async () => {
    const message = await got("http://192.0.2.1:9/v3", {});
    assert.match(
      message,
      /^refused: http:\/\/192\.0\.2\.1:9 is not called, .*: write https:\/\/, or, in a lab, allowPlainHttp: true$/,
    );
    const lab = new AbortController();
    const client = new JsonClient({ allowPlainHttp: true });
    const sent = client.send({ method: "GET", url: "http://192.0.2.1:9/v3" }, lab.signal);
    lab.abort();
    await assert.rejects(sent, { kind: "aborted" }, "it was on its way");
    client.close();
  });

  it("is not where a catalog leads, and the token stays here", async () => {
    const endpoints = [{ interface: "public", region: "GRA11", url: "http://192.0.2.1:9696/" }];
    const times = { issued_at: "2026-01-01T00:00:00Z", expires_at: "2026-01-01T01:00:00Z" };
    const token = { ...times, catalog: [{ type: "network", endpoints }] };
    const keystone = await serve(
      () => ({ status: 201, body: { token }, headers: { "x-subject-token": "t" } }),
      certificate("server"),
    );
    const applicationCredential = { id: "cred", secret: "s3cret" };
    const access = { authUrl: `${keystone.url}/v3`, region: "GRA11", applicationCredential, ca: CA };
    const route = openstackFloatingIp(access, "203.0.113.150", "me", "10.25.0.11");
    await assert.rejects(route.read(SIGNAL), {
      kind: "refused",
      message: "the catalog leads to http://192.0.2.1:9696/: write https://, or, in a lab, allowPlainHttp: true",
    });
    route.close();
    assert.deepEqual(
      keystone.asked.map(({ path }) => path),
      ["/v3/auth/tokens"],
    );
  });

  it("is not where a redirection leads", async () => {
    const plain = await serve(() => OK);
    const secure = await serve(
      () => ({ status: 307, body: "", headers: { location: plain.url } }),
      certificate("server"),
    );
    assert.equal(await got(secure.url, { ca: CA }), "");
    assert.deepEqual([secure.asked.length, plain.asked.length], [1, 0]);
  });
});

describe("a server's certificate", () => {
  it("is good when it is of the CA that was given", async () => {
    const api = await serve(() => OK, certificate("server"));
    assert.equal(await got(api.url, { ca: CA }), "yes");
  });

  const faults = [
    {
      name: "server",
      way: {},
      why: /^unreachable: GET 127\.0\.0\.1:\d+: its certificate is of a CA that is not trusted: give the certificate of its CA \(caFile in the stack, ca in agent\.json\) \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
    },
    { name: "selfSigned", way: { ca: CA }, why: /signed by itself: .* \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/ },
    { name: "otherName", way: { ca: CA }, why: /for other names: .* \(ERR_TLS_CERT_ALTNAME_INVALID\)$/ },
    { name: "expired", way: { ca: CA }, why: /has expired: .* \(CERT_HAS_EXPIRED\)$/ },
  ] as const;
  for (const { name, way, why } of faults) {
    it(`is said in words when it is not: ${name}`, async () => {
      const api = await serve(() => OK, certificate(name));
      assert.match(await got(api.url, way), why);
      assert.equal(api.asked.length, 0);
    });
  }

  it("is asked for where there is none", async () => {
    const api = await serve(() => OK);
    assert.match(await got(api.url.replace("http:", "https:"), {}), /does not speak TLS as it should: .* \(EPROTO\)$/);
  });

  it("is looked at whatever the environment says", async () => {
    const api = await serve(() => OK, certificate("server"));
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      assert.match(await got(api.url, {}), /not trusted/);
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});
