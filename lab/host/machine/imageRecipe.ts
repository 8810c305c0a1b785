/**
 * What the servers' image is made of: Debian 12 as its cloud images are, less what a system container cannot use.
 * The recipe is data, so that its hash names the image: a changed recipe is another image.
 */
import { createHash } from "node:crypto";

/** Everything that decides what the image is like. */
export interface ImageRecipe {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Paths that dpkg leaves out of every package. */
  readonly withoutPaths: readonly string[];
  /** Files to write, by path, after the packages are in. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that packages made and that must be every server's own. Patterns of file names, by folder. */
  readonly removed: readonly { readonly folder: string; readonly pattern: string }[];
  /** Units that would only slow a boot down. */
  readonly masked: readonly string[];
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const RECIPE: ImageRecipe = {
  suite: "bookworm",
  packages: words(`
    systemd systemd-sysv libpam-systemd dbus cloud-init sudo openssh-server ca-certificates
    iproute2 iputils-ping iputils-arping nftables procps curl nginx-light
  `),
  withoutPaths: ["man", "doc", "info", "locale", "lintian"].map((folder) => `/usr/share/${folder}/*`),
  files: {
    // The hypervisor gives the addresses, as DHCP would; the drive is the only place to look for the user's data.
    // Modules that have nothing to do in a container without packages to fetch are left out: a boot is a second shorter.
    "/etc/cloud/cloud.cfg.d/90_lab.cfg": `datasource_list: [ConfigDrive]
network: {config: disabled}
manage_etc_hosts: true
ssh_genkeytypes: [ed25519, ecdsa]
cloud_init_modules: [seed_random, bootcmd, write-files, set_hostname, update_hostname, update_etc_hosts, users-groups, ssh]
cloud_config_modules: [set-passwords, timezone, runcmd]
cloud_final_modules: [write-files-deferred, scripts-vendor, scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user, final-message, power-state-change]
`,
    "/etc/ssh/sshd_config.d/10-keys-only.conf": "PasswordAuthentication no\nKbdInteractiveAuthentication no\n",
    // A service to call: it says who answered.
    "/etc/nginx/sites-available/default": `server {
    listen 80 default_server;
    listen [::]:80 default_server;
    default_type text/plain;
    location / {
        return 200 "$hostname\\n";
    }
}
`,
    "/etc/hostname": "localhost\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    // Empty: the first boot makes one (machine-id(5)).
    "/etc/machine-id": "",
    "/etc/resolv.conf": "",
  },
  removed: [
    { folder: "/etc/ssh", pattern: "^ssh_host_.*" },
    // The options of the build: its proxy is not the servers'.
    { folder: "/etc/apt/apt.conf.d", pattern: "^99mmdebstrap$" },
    { folder: "/etc/dpkg/dpkg.cfg.d", pattern: "^99mmdebstrap$" },
  ],
  masked: words(`
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service
    systemd-pstore.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
    getty.target console-getty.service cloud-init-hotplugd.socket sys-kernel-config.mount sys-kernel-debug.mount
  `),
};

/** The image's name in the cache. */
export function imageName(recipe: ImageRecipe): string {
  const hash = createHash("sha256").update(JSON.stringify(recipe)).digest("hex");
  return `debian-${recipe.suite}-${hash.slice(0, 12)}`;
}
