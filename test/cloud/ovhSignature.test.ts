/** OVH's signature against answers that are known. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { signatureOf } from "../../lab/cloud/ovh/access/signature.ts";

const SECRETS = {
  applicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
  consumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
};
const PROJECT = "https://eu.api.ovh.com/1.0/cloud/project/0123456789abcdef0123456789abcdef/ip/failover";

describe("OVH's signature", () => {
  it("is that of OVH's own example", () => {
    const url = "https://eu.api.ovh.com/1.0/domains/";
    const request = { ...SECRETS, method: "GET", url, body: "", timestamp: "1366560945" };
    assert.equal(signatureOf(request), "$1$d3705e8afb27a0d2970a322b96550abfc67bb798");
  });

  it("covers the body as it is sent", () => {
    const url = `${PROJECT}/b1d2c3e4-0000-4000-8000-000000000001/attach`;
    const body = '{"instanceId":"11111111-2222-4333-8444-555555555555"}';
    const request = { ...SECRETS, method: "POST", url, body, timestamp: "1700000000" };
    assert.equal(signatureOf(request), "$1$1e9e2cd9894eaad401cb1b89b274f56db543d4a2");
  });

  it("takes no body for an empty one", () => {
    const request = { ...SECRETS, method: "GET", url: PROJECT, body: "", timestamp: "1700000000" };
    assert.equal(signatureOf(request), "$1$4a681e8a0c0dfa32d7165086561bcf23445c314f");
  });
});
