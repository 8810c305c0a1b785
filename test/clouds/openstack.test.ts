/** A floating IP that the agent moves through Neutron, and how the agent knows which machine it runs on. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findInstanceId } from "../../agent/clouds/instanceIdentity.ts";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import type { RouteApi } from "../../agent/clouds/routeApi.ts";
import { type Asked, failureOf, type Scripted, ScriptedApi } from "./scriptedApi.ts";

const ME = "66666666-7777-4888-8999-aaaaaaaaaaaa";
const OTHER = "11111111-2222-4333-8444-555555555555";
const ADDRESS = "203.0.113.150";
const OWN = "10.25.0.11";
const SIGNAL = new AbortController().signal;
const ok = (body: unknown): Scripted => ({ status: 200, body });

let api: ScriptedApi;
let route: RouteApi;
/** Where the floating IP leads. */
let port: string | null;
let answer: (asked: Asked) => Scripted | undefined;
let tokens: number;

function token(): Scripted {
  tokens += 1;
  const endpoints = [
    { interface: "internal", region: "GRA11", url: "http://192.0.2.1/" },
    { interface: "public", region: "SBG5", url: "http://192.0.2.2/" },
    { interface: "public", region: "GRA11", url: `${api.url}/network/` },
  ];
  const body = {
    token: {
      issued_at: "2020-01-01T00:00:00.000000Z",
      expires_at: "2020-01-01T01:00:00.000000Z",
      catalog: [
        { type: "compute", endpoints: [] },
        { type: "network", endpoints },
      ],
    },
  };
  return { status: 201, body, headers: { "x-subject-token": `token-${tokens}` } };
}

function floatingIp(): object {
  const details = port === "port-other" ? { device_id: OTHER } : port === "port-me" ? { device_id: ME } : null;
  return { id: "fip-1", floating_ip_address: ADDRESS, port_id: port, port_details: details };
}

function neutron({ method, path, body }: Asked): Scripted {
  if (path === "/v3/auth/tokens") return token();
  if (path.startsWith("/network/v2.0/ports")) return ok({ ports: [{ id: "port-me" }] });
  if (method === "PUT") port = (JSON.parse(body) as { floatingip: { port_id: string } }).floatingip.port_id;
  return ok(method === "PUT" ? { floatingip: floatingIp() } : { floatingips: [floatingIp()] });
}

beforeEach(async () => {
  [port, tokens] = ["port-other", 0];
  answer = () => undefined;
  api = await ScriptedApi.open((asked) => answer(asked) ?? neutron(asked));
  const applicationCredential = { id: "cred", secret: "s3cret" };
  route = openstackFloatingIp({ authUrl: `${api.url}/v3`, region: "GRA11", applicationCredential }, ADDRESS, ME, OWN);
});
afterEach(async () => {
  route.close();
  await api.close();
});

describe("a floating IP that the agent moves", () => {
  it("is read with an application credential's token, which is asked for once, whatever the machine's clock says", async () => {
    assert.deepEqual(await route.read(SIGNAL), { to: OTHER, settled: true });
    port = null;
    assert.deepEqual(await route.read(SIGNAL), { to: null, settled: true });
    assert.equal(tokens, 1);
    assert.deepEqual(JSON.parse(api.asked[0]?.body ?? ""), {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "cred", secret: "s3cret" },
        },
      },
    });
    assert.deepEqual(
      api.asked.slice(1).map(({ path }) => path),
      [
        `/network/v2.0/ports?device_id=${ME}&fixed_ips=ip_address%3D${OWN}`,
        `/network/v2.0/floatingips?floating_ip_address=${ADDRESS}`,
        `/network/v2.0/floatingips?floating_ip_address=${ADDRESS}`,
      ],
    );
  });

  it("is led to this machine's own port, and its own address there", async () => {
    await route.read(SIGNAL);
    assert.deepEqual(await route.move(SIGNAL), { to: ME, settled: true });
    const { method, path, body } = api.asked.at(-1) ?? assert.fail();
    assert.deepEqual([method, path], ["PUT", "/network/v2.0/floatingips/fip-1"]);
    assert.deepEqual(JSON.parse(body), { floatingip: { port_id: "port-me", fixed_ip_address: OWN } });
    assert.deepEqual(await route.read(SIGNAL), { to: ME, settled: true });
  });

  it("gets another token when the one it has is refused", async () => {
    await route.read(SIGNAL);
    let refusals = 1;
    answer = ({ path }) =>
      path.startsWith("/network") && refusals-- > 0
        ? { status: 401, body: { error: { message: "The request you have made requires authentication." } } }
        : undefined;
    assert.deepEqual(await route.read(SIGNAL), { to: OTHER, settled: true });
    assert.equal(tokens, 2);
  });

  it("looks its port up again after a move that failed", async () => {
    await route.read(SIGNAL);
    answer = ({ method }) =>
      method === "PUT"
        ? { status: 404, body: { NeutronError: { message: "Port port-me could not be found." } } }
        : undefined;
    const failure = await failureOf(route.move(SIGNAL));
    assert.deepEqual([failure.kind, failure.message], ["not-ready", "HTTP 404: Port port-me could not be found."]);
    answer = () => undefined;
    assert.deepEqual(await route.move(SIGNAL), { to: ME, settled: true });
    assert.equal(api.asked.filter(({ path }) => path.includes("/ports?")).length, 2);
  });

  it("says what is missing: the address, the port, the service", async () => {
    answer = ({ path }) => (path.includes("/floatingips?") ? ok({ floatingips: [] }) : undefined);
    assert.match((await failureOf(route.read(SIGNAL))).message, /the project has no floating IP 203\.0\.113\.150/);
    route.close();
    const applicationCredential = { id: "cred", secret: "s3cret" };
    route = openstackFloatingIp({ authUrl: `${api.url}/v3`, region: "BHS5", applicationCredential }, ADDRESS, ME, OWN);
    assert.match((await failureOf(route.read(SIGNAL))).message, /no public network service in region BHS5/);
    route.close();
    route = openstackFloatingIp({ authUrl: `${api.url}/v3`, region: "GRA11", applicationCredential }, ADDRESS, ME, OWN);
    answer = ({ path }) => (path.includes("/ports?") ? ok({ ports: [] }) : undefined);
    const failure = await failureOf(route.read(SIGNAL));
    assert.deepEqual([failure.kind, failure.message], ["missing", `instance ${ME} has no port with ${OWN}`]);
  });

  it("names a credential that is refused, and not its secret", async () => {
    answer = ({ path }) =>
      path === "/v3/auth/tokens"
        ? { status: 401, body: { error: { message: "The request you have made requires authentication." } } }
        : undefined;
    const failure = await failureOf(route.read(SIGNAL));
    assert.equal(failure.kind, "refused");
    assert.ok(!failure.message.includes("s3cret"));
  });
});

describe("which machine this is", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-identity-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const places = (): { readonly file: string; readonly url: string } => ({
    file: join(directory, "instance-id"),
    url: `${api.url}/openstack/latest/meta_data.json`,
  });

  it("is what cloud-init wrote down", async () => {
    writeFileSync(join(directory, "instance-id"), `${ME}\n`);
    assert.equal(await findInstanceId(SIGNAL, places()), ME);
    assert.equal(api.asked.length, 0);
  });

  it("is what the metadata service says, where cloud-init wrote nothing or another kind of name", async () => {
    answer = ({ path }) =>
      path === "/openstack/latest/meta_data.json" ? ok({ uuid: OTHER, name: "edge-1" }) : undefined;
    assert.equal(await findInstanceId(SIGNAL, places()), OTHER);
    writeFileSync(join(directory, "instance-id"), "iid-datasource-none\n");
    assert.equal(await findInstanceId(SIGNAL, places()), OTHER);
  });

  it("is missing when nobody says, with what to do", async () => {
    answer = () => ({ status: 404, body: "nothing" });
    const failure = await failureOf(findInstanceId(SIGNAL, places()));
    assert.equal(failure.kind, "missing");
    assert.match(
      failure.message,
      /neither .*instance-id nor the metadata service says which instance this is: set instanceId/,
    );
  });
});
