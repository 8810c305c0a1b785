// A stand-in for pulumi-resource-command 1.2.1, where that plugin cannot be had: the provider on the engine's wire.
import grpc from "@grpc/grpc-js";
import manifest from "@pulumi/command/package.json" with { type: "json" };
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerService, { type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { reportAndExit } from "../../userError.ts";
import { engineAddress, servePlugin, unary } from "../pluginServer.ts";
import * as provider from "./provider.ts";
import type { WireObject } from "./wireValues.ts";

let engine = connectEngine(engineAddress(process.argv.slice(2)));
const cancelled = new AbortController();

function connectEngine(address: string | undefined): InstanceType<typeof engineService.EngineClient> | undefined {
  if (address === undefined) return undefined;
  return new engineService.EngineClient(address, grpc.credentials.createInsecure());
}

/** A line in the live display beside the resource: it is gone when the operation is done, as the official plugin's. */
function logFor(urn: string): (line: string) => void {
  return (line) => {
    const request = new engineMessages.LogRequest()
      .setSeverity(engineMessages.LogSeverity.INFO)
      .setUrn(urn)
      .setMessage(line)
      .setEphemeral(true);
    // An engine that no longer listens has no use for the line.
    engine?.log(request, () => undefined);
  };
}

/** The signal ends the work when the engine cancels, or after the seconds of the resource's `customTimeouts`. */
function contextFor(urn: string, timeoutSeconds = 0): provider.RequestContext {
  if (timeoutSeconds <= 0) return { signal: cancelled.signal, log: logFor(urn) };
  const late = new AbortController();
  const why = new Error(`it took longer than the ${timeoutSeconds} s of its customTimeouts`);
  setTimeout(() => {
    late.abort(why);
  }, timeoutSeconds * 1000).unref();
  return { signal: AbortSignal.any([cancelled.signal, late.signal]), log: logFor(urn) };
}

const read = (properties: Struct | undefined): WireObject => properties?.toJavaScript() ?? {};
const write = (properties: WireObject): Struct => struct.Struct.fromJavaScript({ ...properties });

const methods: Partial<IResourceProviderServer> = {
  handshake: unary((request) => {
    engine = connectEngine(request.getEngineAddress());
    return new messages.ProviderHandshakeResponse()
      .setAcceptSecrets(true)
      .setAcceptResources(true)
      .setAcceptOutputs(false)
      .setSupportsAutonamingConfiguration(false);
  }),
  attach: unary((request) => {
    engine = connectEngine(request.getAddress());
    return new empty.Empty();
  }),
  getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(manifest.version)),
  getSchema: unary(() =>
    new messages.GetSchemaResponse().setSchema(JSON.stringify({ name: "command", version: manifest.version })),
  ),
  // The provider has no configuration of its own.
  checkConfig: unary((request) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE)),
  configure: unary(() =>
    new messages.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setAcceptresources(true)
      .setAcceptoutputs(false),
  ),
  cancel: unary((nothing) => {
    cancelled.abort(new Error("Pulumi was interrupted"));
    return nothing;
  }),
  check: unary((request) => {
    const { inputs, failures } = provider.check(provider.parseUrn(request.getUrn()), read(request.getNews()));
    const reported = failures.map(({ property, reason }) =>
      new messages.CheckFailure().setProperty(property).setReason(reason),
    );
    return new messages.CheckResponse().setInputs(write(inputs)).setFailuresList(reported);
  }),
  diff: unary((request) => {
    const { changed, replaces } = provider.diff(read(request.getOldInputs()), read(request.getNews()));
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    return new messages.DiffResponse()
      .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
      .setDiffsList(changed)
      .setReplacesList(replaces);
  }),
  create: unary(async (request) => {
    const urn = request.getUrn();
    const inputs = read(request.getProperties());
    const name = provider.parseUrn(urn);
    if (request.getPreview()) return new messages.CreateResponse().setProperties(write(provider.expect(name, inputs)));
    const { id, state } = await provider.create(name, inputs, contextFor(urn, request.getTimeout()));
    return new messages.CreateResponse().setId(id).setProperties(write(state));
  }),
  // What a command did cannot be read back: the state stands.
  read: unary((request) =>
    new messages.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  ),
  update: unary(async (request) => {
    const urn = request.getUrn();
    const news = read(request.getNews());
    const name = provider.parseUrn(urn);
    const state = request.getPreview()
      ? provider.expect(name, news)
      : await provider.update(name, read(request.getOlds()), news, contextFor(urn, request.getTimeout()));
    return new messages.UpdateResponse().setProperties(write(state));
  }),
  delete: unary(async (request) => {
    const urn = request.getUrn();
    await provider.remove(provider.parseUrn(urn), read(request.getProperties()), contextFor(urn, request.getTimeout()));
    return new empty.Empty();
  }),
};

void reportAndExit(() =>
  servePlugin({
    service: providerService.ResourceProviderService,
    methods: methods as grpc.UntypedServiceImplementation,
    stop: () => {
      cancelled.abort(new Error("Pulumi ended the plugin"));
    },
  }),
);
