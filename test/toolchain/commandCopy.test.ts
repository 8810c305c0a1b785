// The stand-in for Pulumi's command plugin: copies to other machines, against a real SSH server.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as provider from "../../toolchain/offline/command/provider.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { COPY, connectionTo, context, fileArchive, fileAsset, run, server, textAsset } from "./commandFixture.ts";

describe("command provider: copies", () => {
  it("copies a text, making parent folders, and leaves it on delete", async () => {
    const { port } = await server();
    const remotePath = join(temporaryFolder(), "a", "b", "agent.json");
    const inputs = { connection: connectionTo(port), source: textAsset("{}\n"), remotePath };
    const { state, id } = await run(COPY, inputs);
    assert.equal(readFileSync(remotePath, "utf8"), "{}\n");
    assert.match(id, /^[0-9a-f]{8}$/);
    await provider.remove(COPY, state, context());
    assert.equal(readFileSync(remotePath, "utf8"), "{}\n");
  });

  it("copies again for other content or another path, and for nothing else", async () => {
    const { port, logins } = await server();
    const folder = temporaryFolder();
    const inputs = { connection: connectionTo(port), source: textAsset("one"), remotePath: join(folder, "x") };
    const { state } = await run(COPY, inputs);
    const elsewhere = { ...inputs, connection: connectionTo(1) };
    await provider.update(COPY, state, elsewhere, context());
    assert.equal(logins(), 1);
    await provider.update(COPY, state, { ...inputs, source: textAsset("two") }, context());
    assert.equal(readFileSync(join(folder, "x"), "utf8"), "two");
    await provider.update(COPY, state, { ...inputs, remotePath: join(folder, "y") }, context());
    assert.equal(readFileSync(join(folder, "y"), "utf8"), "one");
  });

  it("chooses the path by what is there: a folder takes the file, a file is overwritten, a text needs a file", async () => {
    const { port } = await server();
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    const source = join(from, "f");
    writeFileSync(source, "new, and longer than the old");
    writeFileSync(join(to, "old"), "old");
    const connection = connectionTo(port);
    await run(COPY, { connection, source: fileAsset(source), remotePath: to });
    assert.equal(readFileSync(join(to, "f"), "utf8"), "new, and longer than the old");
    await run(COPY, { connection, source: fileAsset(source), remotePath: join(to, "old") });
    assert.equal(readFileSync(join(to, "old"), "utf8"), "new, and longer than the old");
    const text = run(COPY, { connection, source: textAsset("x"), remotePath: to });
    await assert.rejects(text, /remotePath \S+ is a folder: a text needs the path of a file/);
  });

  it("copies a folder with its name, and with a trailing slash its contents; an archive is not unpacked", async () => {
    const { port } = await server();
    const [from, to] = [join(temporaryFolder(), "release"), temporaryFolder()];
    mkdirSync(join(from, "deep", "er"), { recursive: true });
    mkdirSync(join(from, "empty"));
    writeFileSync(join(from, "deep", "er", "file"), "x".repeat(100_000));
    writeFileSync(join(from, "zero"), "");
    const connection = connectionTo(port);
    await run(COPY, { connection, source: fileArchive(from), remotePath: to });
    assert.equal(readFileSync(join(to, "release", "deep", "er", "file"), "utf8").length, 100_000);
    assert.equal(readFileSync(join(to, "release", "zero"), "utf8"), "");
    assert.ok(existsSync(join(to, "release", "empty")));
    await run(COPY, { connection, source: fileArchive(`${from}/`), remotePath: join(to, "contents") });
    assert.ok(existsSync(join(to, "contents", "deep", "er", "file")));
    const file = run(COPY, { connection, source: fileArchive(from), remotePath: join(to, "release", "zero") });
    await assert.rejects(file, /zero is a file there, and must be a folder/);
    await run(COPY, { connection, source: fileArchive(join(from, "zero")), remotePath: join(to, "x.tar.gz") });
    assert.equal(readFileSync(join(to, "x.tar.gz"), "utf8"), "");
  });

  it("copies 40 MB without loss", async () => {
    const { port } = await server();
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    const content = Buffer.alloc(40 * 1024 * 1024, "vip-failover ");
    writeFileSync(join(from, "runtime"), content);
    await run(COPY, { connection: connectionTo(port), source: fileAsset(join(from, "runtime")), remotePath: to });
    assert.ok(readFileSync(join(to, "runtime")).equals(content));
  });

  it("names the path and the machine of a copy that fails", async () => {
    const { port } = await server();
    const source = fileAsset("/nonexistent/file");
    await assert.rejects(
      run(COPY, { connection: connectionTo(port), source, remotePath: "/tmp/x" }),
      /copying to \/tmp\/x on tester@127\.0\.0\.1:\d+: ENOENT.*\/nonexistent\/file/,
    );
  });
});
