// How the stand-in for OVH's plugin finds the API and shows who it is: endpoints, credentials, signatures, refusals.
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { readAccess } from "../../toolchain/offline/ovh/access.ts";
import { ApiError, OvhApi, signatureOf } from "../../toolchain/offline/ovh/api.ts";
import { secret } from "../../toolchain/offline/wireValues.ts";
import { startOvhServer } from "./ovhServer.ts";

const KEYS = { OVH_APPLICATION_KEY: "ak", OVH_APPLICATION_SECRET: "as", OVH_CONSUMER_KEY: "ck" };
const { signal } = new AbortController();

describe("ovh stand-in: configuration", () => {
  it("takes OVH's endpoints by name, any other as a URL, and the variables where nothing is configured", () => {
    assert.deepEqual(readAccess({ endpoint: "ovh-ca" }, KEYS), {
      endpoint: "https://ca.api.ovh.com/1.0",
      login: { kind: "signature", applicationKey: "ak", applicationSecret: "as", consumerKey: "ck" },
      ignoreInitError: false,
    });
    const url = "http://127.0.0.1:1/ovh/1.0";
    assert.equal(readAccess({}, { ...KEYS, OVH_ENDPOINT: `${url}/` }).endpoint, url);
    const configured = readAccess({ endpoint: url, accessToken: secret("t"), ignoreInitError: "true" }, {});
    assert.deepEqual(configured, {
      endpoint: url,
      login: { kind: "token", accessToken: "t" },
      ignoreInitError: true,
    });
  });

  it("knows where OVH's service accounts get their tokens, and that others have none", () => {
    const account = { clientId: "EU.1", clientSecret: "s" };
    const { login } = readAccess({ endpoint: "ovh-us", ...account }, {});
    assert.deepEqual(login, {
      kind: "serviceAccount",
      ...account,
      url: "https://us.ovhcloud.com/auth/oauth2/token",
    });
    assert.throws(() => readAccess({ endpoint: "http://a/1.0", ...account }, {}), /OVH's own endpoints alone/);
  });

  it("says what is missing or does not fit", () => {
    assert.throws(() => readAccess({}, KEYS), /ovh:endpoint is missing/);
    assert.throws(() => readAccess({ endpoint: "ovh-de" }, KEYS), /"ovh-de" is no endpoint/);
    assert.throws(() => readAccess({ endpoint: "ovh-eu" }, {}), /no way to log in/);
    assert.throws(() => readAccess({ endpoint: "ovh-eu", accessToken: "t" }, KEYS), /more than one way/);
  });
});

describe("ovh stand-in: requests", () => {
  it("are signed as OVH's published example and vectors", () => {
    const keys = {
      applicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
      consumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
    };
    assert.equal(
      signatureOf(keys, "GET", "https://eu.api.ovh.com/1.0/domains/", "", 1366560945),
      "$1$d3705e8afb27a0d2970a322b96550abfc67bb798",
    );
    const project = "https://eu.api.ovh.com/1.0/cloud/project/0123456789abcdef0123456789abcdef";
    assert.equal(
      signatureOf(
        keys,
        "POST",
        `${project}/ip/failover/b1d2c3e4-0000-4000-8000-000000000001/attach`,
        '{"instanceId":"11111111-2222-4333-8444-555555555555"}',
        1700000000,
      ),
      "$1$1e9e2cd9894eaad401cb1b89b274f56db543d4a2",
    );
  });

  it("are signed by the API's clock, which is asked once, and reach /v2 beside the endpoint's version", async () => {
    const server = await startOvhServer(() => ({ body: { id: 1 } }));
    const api = new OvhApi(readAccess({ endpoint: server.endpoint }, KEYS));
    assert.deepEqual(await api.call("POST", "/v2/iam/policy", signal, { name: "x" }), { id: 1 });
    await api.call("GET", "/me", signal);
    assert.deepEqual(
      server.asked.map(({ method, path }) => `${method} ${path}`),
      ["GET /ovh/1.0/auth/time", "POST /ovh/v2/iam/policy", "GET /ovh/1.0/me"],
    );
    const signed = server.asked[1];
    const timestamp = Number(signed?.headers["x-ovh-timestamp"]);
    assert.ok(timestamp - Date.now() / 1000 > 500, "ten minutes ahead, as the API's clock is");
    const url = server.endpoint.replace("/1.0", "/v2/iam/policy");
    const keys = { applicationSecret: "as", consumerKey: "ck" };
    const expected = signatureOf(keys, "POST", url, '{"name":"x"}', timestamp);
    assert.deepEqual([signed?.body, signed?.headers["x-ovh-signature"]], ['{"name":"x"}', expected]);
  });

  it("that are refused say so in the words of OVH's own client", async () => {
    const details = { unauthorizedActionsByIAM: "publicCloudProject:apiovh:ip/failover/get" };
    const server = await startOvhServer(({ path }) => {
      if (path.endsWith("/denied"))
        return { status: 403, body: { class: "Client::Forbidden", message: "No", details } };
      return path.endsWith("/html") ? { status: 200, body: "<html>" } : undefined;
    });
    const api = new OvhApi(readAccess({ endpoint: server.endpoint, accessToken: "t" }, {}));
    await assert.rejects(api.call("GET", "/gone", signal), (error) => {
      assert.ok(error instanceof ApiError);
      const said =
        'calling GET /gone: OVHcloud API error (status code 404): Client::NotFound: "This service does not exist" (X-OVH-Query-Id: EU.test-1)';
      assert.equal(error.message, said);
      return true;
    });
    await assert.rejects(api.call("GET", "/denied", signal), /missing IAM permissions: \[publicCloudProject:apiovh:ip/);
    await assert.rejects(api.call("GET", "/html", signal), /the answer is no JSON/);
  });

  it("go nowhere else: a redirection is not followed, with whatever it would take along", async () => {
    const elsewhere = await startOvhServer(() => ({ body: {} }));
    const server = await startOvhServer(() => ({ status: 307, location: `${elsewhere.endpoint}/me` }));
    const api = new OvhApi(readAccess({ endpoint: server.endpoint }, KEYS));
    await assert.rejects(
      api.call("POST", "/me", signal, { secret: "s" }),
      /it leads to http:.*\/me, which is not followed/,
    );
    assert.deepEqual(elsewhere.asked, []);
  });

  it("read no answer without end", async () => {
    const server = await startOvhServer(() => ({ body: "x".repeat(17 << 20) }));
    const api = new OvhApi(readAccess({ endpoint: server.endpoint, accessToken: "t" }, {}));
    await assert.rejects(api.call("GET", "/me", signal), /the answer has more than 16777216 octets/);
  });
});
