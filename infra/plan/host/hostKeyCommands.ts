/**
 * What is run on a node, as root, to replace the SSH host key that it was born with.
 *
 *     born with the first key --offer--> both, in turn --confirm--> the permanent key alone
 *
 * The first key is in the machine's user data, which every user of the machine can read. The connection that offers the
 * permanent key expects the first one, the connection that confirms it expects the permanent one. If either breaks, none
 * of the two sides knows what the other knows. So until it is confirmed sshd shows one and the other in turn, and whichever
 * is expected lets its connection in at one of the next tries.
 */

const UNIT = "vip-failover-host-key";
/** Shorter than a connection is tried, so that each meets both. */
const TURN_SECONDS = 20;

/** Where everything is; `root` is a prefix of every path, empty but in tests. */
const places = (root: string) => [
  `dir=${root}/etc/ssh/vip-failover`,
  `key=${root}/etc/ssh/ssh_host_ed25519_key`,
  `units=${root}/etc/systemd/system`,
];

/** Has sshd show the key "first" or "permanent", or with "other" the one that it does not show. Never the first again once that is gone. */
const show = (root: string) => [
  "set -eu",
  ...places(root),
  "exec 9>$dir/lock",
  "flock 9",
  "which=$1",
  'if [ "$which" = other ]; then',
  "  which=permanent",
  "  if [ -e $dir/first ] && cmp -s $dir/permanent $key; then which=first; fi",
  "fi",
  "install -m 0600 $dir/$which $key.new",
  "ssh-keygen -y -f $key.new >$key.pub.new",
  "chmod 0644 $key.pub.new",
  "mv $key.pub.new $key.pub",
  "mv $key.new $key",
  // A new connection meets it; those that are open stay. Debian calls the unit ssh, others sshd.
  "systemctl reload ssh 2>/dev/null || systemctl reload sshd",
];

/** Takes the permanent private key from its standard input. It may run any number of times. */
export function offerHostKey(root = ""): string {
  return asRoot([
    "cloud-init status --wait >/dev/null || [ $? -eq 2 ] || { cloud-init status --long >&2; exit 1; }",
    ...places(root),
    "umask 077",
    "mkdir -p $dir",
    "cat >$dir/permanent.new",
    "ssh-keygen -y -f $dir/permanent.new >/dev/null",
    "[ -e $dir/first ] || cp $key $dir/first.new",
    "[ -e $dir/first ] || mv $dir/first.new $dir/first",
    "mv $dir/permanent.new $dir/permanent",
    ...file("$dir/show", show(root)),
    ...file(`$units/${UNIT}.service`, [
      "[Service]",
      "Type=oneshot",
      `ExecStart=/bin/sh ${root}/etc/ssh/vip-failover/show other`,
    ]),
    ...file(`$units/${UNIT}.timer`, [
      "[Timer]",
      `OnActiveSec=${TURN_SECONDS}`,
      `OnUnitInactiveSec=${TURN_SECONDS}`,
      "AccuracySec=1s",
      "[Install]",
      "WantedBy=timers.target",
    ]),
    "systemctl daemon-reload",
    `systemctl enable --quiet --now ${UNIT}.timer`,
    "sh $dir/show permanent",
  ]);
}

/** From the removal of the first key on it is over, whatever of the rest is done: the timer would do the same again. */
export function confirmHostKey(root = ""): string {
  return asRoot([
    ...places(root),
    `[ -e $units/${UNIT}.timer ] || exit 0`,
    "rm -f $dir/first",
    "sh $dir/show permanent",
    `systemctl disable --quiet --now ${UNIT}.timer`,
    `rm -f $units/${UNIT}.service $units/${UNIT}.timer`,
    "systemctl daemon-reload",
    "rm -rf $dir",
  ]);
}

/** Lines that write a file; none of its lines may be "EOF". */
function file(path: string, lines: readonly string[]): readonly string[] {
  return [`cat >${path} <<"EOF"`, ...lines, "EOF"];
}

/** The command that runs lines as root; its standard input stays theirs. None of them has a single quote. */
function asRoot(lines: readonly string[]): string {
  return `sudo -n sh -c '${["set -eu", ...lines].join("\n")}'`;
}
