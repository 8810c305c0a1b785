// A stand-in for pulumi-resource-command 1.2.1, where that plugin cannot be had.
import manifest from "@pulumi/command/package.json" with { type: "json" };
import { serveProvider } from "../providerPlugin.ts";
import * as command from "./provider.ts";

serveProvider({
  name: "command",
  version: manifest.version,
  // The provider has no configuration of its own.
  configure: () => Promise.resolve(),
  check: command.check,
  diff: (_, olds, news) => command.diff(olds, news),
  expect: command.expect,
  create: command.create,
  // What a command did cannot be read back: the state stands.
  read: (_, found) => Promise.resolve(found),
  update: (name, { state }, news, context) => command.update(name, state, news, context),
  remove: (name, { state }, context) => command.remove(name, state, context),
  invoke: (token) => Promise.reject(new Error(`${token} is not offered by this stand-in for Pulumi's command plugin`)),
});
