import assert from "node:assert/strict";
import { debianMirrors, transportOptions } from "../../lab/host/machine/aptSources.ts";
import { imageName, RECIPE } from "../../lab/host/machine/imageRecipe.ts";
import { missingPackages } from "../../lab/host/packages.ts";

describe("the mirrors of the host", () => {
  it("are read from one-line sources, with and without options", () => {
    const sources = [
      "# deb http://old.example/debian bookworm main",
      "deb-src http://source.example/debian bookworm main",
      "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main",
      "deb http://mirror.example/debian-security bookworm-security main",
    ].join("\n");
    assert.deepEqual(debianMirrors([sources]), {
      release: "http://mirror.example/debian",
      security: "http://mirror.example/debian-security",
    });
  });

  it("are read from deb822 sources, but for those that are off or of source packages alone", () => {
    const sources = `Types: deb
Enabled: no
URIs: http://off.example/debian

Types: deb-src
URIs: http://source.example/debian

Types: deb deb-src
# comment
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm
`;
    assert.equal(debianMirrors([sources]).release, "http://mirror.example/debian");
  });

  it("are Debian's own where the host has none, as on Ubuntu", () => {
    const ubuntu = "deb http://archive.ubuntu.com/ubuntu noble main";
    assert.equal(debianMirrors([ubuntu, ""]).release, "http://deb.debian.org/debian");
  });

  it("are reached in the same way, and nothing else of apt's configuration is taken over", () => {
    const dump = [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::mirror.example::CaInfo "/etc/ca.pem";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::cdrom::mount "/media/cdrom/";',
      'Acquire::https::Proxy "";',
    ];
    assert.deepEqual(transportOptions(dump.join("\n")), dump.slice(0, 3));
  });
});

describe("the image's recipe", () => {
  it("names the image: another recipe is another image", () => {
    assert.match(imageName(RECIPE), /^debian-bookworm-[0-9a-f]{12}$/);
    assert.notEqual(imageName({ ...RECIPE, packages: [...RECIPE.packages, "htop"] }), imageName(RECIPE));
  });

  it("holds no password and lets nobody in with one", () => {
    const text = JSON.stringify(RECIPE);
    assert.equal(/chpasswd|plain_text_passwd|hashed_passwd/.test(text), false);
    assert.match(RECIPE.files["/etc/ssh/sshd_config.d/10-keys-only.conf"] ?? "", /^PasswordAuthentication no$/m);
  });
});

describe("the host's packages", () => {
  it("are missing when their program or file is", async () => {
    const packages = [
      { name: "coreutils", provides: "ls" },
      { name: "none", provides: "no-such-program" },
      { name: "base-files", provides: "/etc/os-release" },
      { name: "no-file", provides: "/no/such/file" },
    ];
    assert.deepEqual(
      (await missingPackages(packages)).map(({ name }) => name),
      ["none", "no-file"],
    );
  });
});
