/** How the clouds' APIs are reached: nobody on the way may read along, and a CA of one's own is one. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loadConfig } from "../../../infra/load.ts";
import { possibleFacts } from "../../../infra/plan/agent/cloudFacts.ts";
import { planCluster } from "../../../infra/plan/cluster.ts";
import { certificate } from "../../clouds/scriptedApi.ts";
import { problemsOf, sourceOf, withValue } from "../stacks/exampleConfig.ts";
import { ovhConfig } from "../stacks/ovhConfig.ts";
import { said } from "./table.ts";

const READABLE = "would carry passwords and tokens that anybody on the way can read";
const REMEDY = "write https:// (caFile for a CA of its own); in a lab, vip-failover:allowPlainHttp: true";
const HTTP = "http://192.0.2.1/v3";
const CA = certificate("ca");

const access = { authUrl: "https://keystone.example/v3", applicationCredential: { id: "i", secret: "s" } };
const moved = (openstack: object = access): Record<string, unknown> =>
  withValue(
    "openstack",
    openstack,
    withValue("ssh.via", "private", withValue("vips.web.public.floatingIp.move", "agent")),
  );

/** Values and variables of the providers, and what is said of them. */
function saidOfProviders(values: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const source = sourceOf(moved({ applicationCredential: access.applicationCredential }));
  const problems = problemsOf({ ...source, values: { ...source.values, ...values }, environment });
  return problems.map(({ key, value, why, remedy }) => `${key} = ${value ?? ""} | ${why} | ${remedy}`);
}

/** The first node's document. */
function documentOf(source: ReturnType<typeof sourceOf>) {
  const { stack, prefix, ssh } = loadConfig(source);
  const [node] = planCluster(stack, prefix, ssh.hostKeySeed).nodes;
  const text = node?.document(possibleFacts([node.name], ["web"])).text ?? assert.fail();
  return JSON.parse(text) as { ovh?: Record<string, unknown>; openstack?: Record<string, unknown> };
}

describe("a stack's configuration refuses an API", () => {
  it("at http://, by the key that says so: ours or the provider's", () => {
    assert.deepEqual(said(moved({ ...access, authUrl: HTTP })), [
      `openstack.authUrl = "${HTTP}" | ${READABLE} | ${REMEDY}`,
    ]);
    for (const key of ["endpoint", "agentEndpoint"]) {
      assert.deepEqual(said(withValue(`ovh.${key}`, "http://ovh.example/1.0", ovhConfig())), [
        `ovh.${key} = "http://ovh.example/1.0" | ${READABLE} | ${REMEDY}`,
      ]);
    }
    assert.deepEqual(saidOfProviders({ "openstack:authUrl": HTTP }), [
      `openstack:authUrl = "${HTTP}" | ${READABLE} | ${REMEDY}`,
    ]);
    assert.deepEqual(saidOfProviders({}, { OS_AUTH_URL: HTTP }), [`OS_AUTH_URL = "${HTTP}" | ${READABLE} | ${REMEDY}`]);
    assert.deepEqual(saidOfProviders({ "openstack:authUrl": "https://a.example/v3", "ovh:endpoint": HTTP }), [
      `ovh:endpoint = "${HTTP}" | ${READABLE} | ${REMEDY}`,
    ]);
  });

  it("that the provider is to use instead, at http://, or without a look at its certificate", () => {
    const authUrl = "https://a.example/v3";
    const overridden = (url: string) => ({ "openstack:endpointOverrides": JSON.stringify({ network: url, dns: 1 }) });
    assert.deepEqual(saidOfProviders({ "openstack:authUrl": authUrl, ...overridden(HTTP) }), [
      `openstack:endpointOverrides.network = "${HTTP}" | ${READABLE} | ${REMEDY}`,
    ]);
    for (const url of ["https://a.example/v2.0/", "http://127.0.0.1:9696/v2.0/"]) {
      assert.deepEqual(saidOfProviders({ "openstack:authUrl": authUrl, ...overridden(url) }), []);
    }
    const rest =
      "has passwords and tokens sent to whoever answers: no certificate is checked | leave it out (openstack:cacertFile " +
      "or OS_CACERT for a CA of its own); in a lab, vip-failover:allowPlainHttp: true";
    const insecure = { "openstack:insecure": "true" };
    assert.deepEqual(saidOfProviders({ "openstack:authUrl": authUrl, ...insecure }), [
      `openstack:insecure = "true" | ${rest}`,
    ]);
    for (const value of ["1", "t", "True"]) {
      assert.deepEqual(saidOfProviders({}, { OS_AUTH_URL: authUrl, OS_INSECURE: value }), [
        `OS_INSECURE = "${value}" | ${rest}`,
      ]);
    }
    const onThisMachine = { ...insecure, "openstack:authUrl": "https://127.0.0.1:5000/v3" };
    assert.deepEqual(saidOfProviders(onThisMachine), []);
    const checked = { "openstack:authUrl": authUrl, "openstack:insecure": "false" };
    assert.deepEqual(saidOfProviders(checked, { OS_INSECURE: "true" }), []);
    const lab = sourceOf({ ...moved(), allowPlainHttp: true });
    assert.deepEqual(problemsOf({ ...lab, values: { ...lab.values, ...insecure, ...overridden(HTTP) } }), []);
  });

  it("at http:// neither on this machine nor in a lab that says so, which its agents then hear", () => {
    assert.deepEqual(said(moved({ ...access, authUrl: "http://127.0.0.1:15000/identity/v3" })), []);
    const lab = { ...moved({ ...access, authUrl: HTTP }), allowPlainHttp: true };
    assert.deepEqual(said(lab), []);
    assert.equal(documentOf(sourceOf(lab)).openstack?.["allowPlainHttp"], true);
    assert.equal("allowPlainHttp" in (documentOf(sourceOf(moved())).openstack ?? {}), false);
    assert.deepEqual(said({ ...moved(), allowPlainHttp: "yes" }), [
      'allowPlainHttp = "yes" | is none of: true, false | write true in a lab, or leave the key out',
    ]);
  });

  it("whose caFile is not there, or has no certificate", () => {
    const remedy = "write the path of a file with certificates in PEM: those of the CA that signed the API's own";
    assert.deepEqual(said(moved({ ...access, caFile: "none.pem" })), [
      `openstack.caFile = "none.pem" | cannot be read (ENOENT) | ${remedy}`,
    ]);
    for (const file of ["id_ed25519", "id_ed25519.pub"]) {
      assert.deepEqual(said(withValue("ovh.caFile", file, ovhConfig())), [
        `ovh.caFile = "${file}" | has no certificate, or one that is damaged | ${remedy}`,
      ]);
    }
    assert.deepEqual(said(moved({ ...access, ca: "none" })), [
      "openstack.ca | has no certificate, or one that is damaged | write certificates in PEM, or use caFile",
    ]);
    assert.deepEqual(said(moved({ ...access, ca: CA, caFile: "ca.pem" })), [
      `openstack.caFile = "ca.pem" | is given beside vip-failover:openstack.ca | ${remedy}`,
    ]);
  });

  it("whose certificates are the system's, and says how many they are and who named them", () => {
    const bundle = CA.repeat(33);
    const large = `${"# a comment of the bundle's\n".repeat(2_500)}${CA}`;
    const readText = (path: string): string => ({ bundle, large })[path] ?? sourceOf({}).readText(path);
    const plain = sourceOf(moved());
    const whyOf = (changes: object) =>
      problemsOf({ ...plain, ...changes, readText }).map(({ key, value = "", why, remedy }) =>
        [key, value, why, remedy].join(" | "),
      );
    const own = "write openstack.caFile with the CA's own: the nodes trust no more than they need";
    const key = "vip-failover:openstack.caFile";
    const octets = `has ${large.length} octets, at most 65536`;
    assert.deepEqual(whyOf({ environment: { OS_CACERT: "large" } }), [
      `${key} | "large" | is from OS_CACERT and ${octets} | ${own}`,
    ]);
    const values = { ...plain.values, "openstack:cacertFile": "bundle" };
    assert.deepEqual(whyOf({ values, environment: { OS_CACERT: "large" } }), [
      `${key} | "bundle" | is from openstack:cacertFile and has 33 certificates, at most 32 | ${own}`,
    ]);
    assert.match(
      whyOf(sourceOf(moved({ ...access, caFile: "large" }))).join("\n"),
      /caFile \| "large" \| has \d+ octets, at most 65536 \| write the path/,
    );
    assert.match(
      said(moved({ ...access, ca: large })).join("\n"),
      /^openstack\.ca \| has \d+ octets, at most 65536 \| /,
    );
  });
});

describe("a CA of a cloud's own", () => {
  const readText = (path: string): string => (path === "ca.pem" ? CA : sourceOf({}).readText(path));

  it("is in the nodes' documents, from the file, as text, or from the provider's cacertFile", () => {
    const named = { ...sourceOf(moved({ ...access, caFile: "ca.pem" })), readText };
    const plain = sourceOf(moved());
    const sources = [
      named,
      sourceOf(moved({ ...access, ca: CA })),
      { ...plain, readText, values: { ...plain.values, "openstack:cacertFile": "ca.pem" } },
      { ...plain, values: { ...plain.values, "openstack:cacertFile": CA } },
      { ...plain, readText, environment: { OS_CACERT: "ca.pem" } },
    ];
    for (const source of sources) assert.equal(documentOf(source).openstack?.["ca"], CA);
    assert.equal("ca" in (documentOf(plain).openstack ?? {}), false);
  });

  it("is OVH's, too", () => {
    const source = { ...sourceOf(withValue("ovh.caFile", "ca.pem", ovhConfig())), readText };
    assert.equal(documentOf(source).ovh?.["ca"], CA);
  });
});
