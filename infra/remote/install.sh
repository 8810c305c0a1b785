# Makes this machine run one release of failover-agent with one configuration; run as root.
#
#   sh -s -- STAGING RELEASE DIGEST RUNTIME CONFIG [ROOT] < install.sh
#
#   STAGING  folder the deployment copied into: node.gz, releases/RELEASE/agent/*, agent.json
#   RELEASE  sha256 that names the release
#   DIGEST   sha256 over the release's files as copied, made as `digest` below makes it
#   RUNTIME  sha256 of the Node binary in node.gz
#   CONFIG   sha256 of agent.json
#   ROOT     prefix of every path written; empty but in tests
#
# It may run any number of times and be cut off anywhere: everything is made aside and renamed, and what should run is
# compared with what last came up (the file `activated`), not with what happens to lie there. The agent is disturbed no
# more than the difference asks:
#
#   it does not run                  -> started
#   other release or other runtime   -> restarted: it hands its VIPs over first
#   another setting of the unit      -> restarted, too
#   other configuration only         -> reloaded: it keeps its VIPs
#   no difference                    -> left alone
#
# When the agent refuses or does not come up, what last came up is put back and the script fails: a rollout stops at its
# first node, with that node back in service. Copied files are checked by their sums, for a copy is neither atomic nor
# does it keep modes.
set -eu
umask 022

SERVICE=failover-agent
ANSWER_WITHIN_S=30
RELEASES_KEPT=2

fail() {
  echo "failover-agent: $1" >&2
  exit 1
}

# The part of a sha256 that names a folder.
short() { printf '%.16s' "$1"; }

sum() { sha256sum "$1" | cut -d' ' -f1; }

# One sum over a folder's files, by name and content; links are not of the release.
digest() { (cd "$1" && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1); }

# Points the link $1 to $2 in one step: at no time is there none.
point() {
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

install_runtime() {
  runtime_dir=$opt/runtime/$(short "$runtime")
  [ -x "$runtime_dir/node" ] && return
  rm -rf "$runtime_dir.new"
  mkdir -p "$runtime_dir.new"
  gunzip -c "$staging/node.gz" >"$runtime_dir.new/node"
  [ "$(sum "$runtime_dir.new/node")" = "$runtime" ] || fail "the copied Node runtime is not $runtime: copy it again"
  chmod 0755 "$runtime_dir.new/node"
  mv -T "$runtime_dir.new" "$runtime_dir"
}

install_release() {
  release_dir=$opt/releases/$(short "$release")
  if [ ! -d "$release_dir" ]; then
    rm -rf "$release_dir.new"
    mkdir -p "$opt/releases"
    cp -R "$staging/releases/$(short "$release")/agent" "$release_dir.new"
    [ "$(digest "$release_dir.new")" = "$digest" ] || fail "the copied release is not $release: copy it again"
    chmod 0644 "$release_dir.new"/*
    chmod 0755 "$release_dir.new" "$release_dir.new/failover-agent"
    mv -T "$release_dir.new" "$release_dir"
  fi
}

# Puts a configuration in place; the copy that last came up stays beside it.
install_config() {
  mkdir -p "$etc"
  install -m 0600 "$1" "$etc/agent.json.new"
  mv -T "$etc/agent.json.new" "$etc/agent.json"
}

# The unit hides the processes of other users from the agent, for which only a check that looks for one has a use.
looks_for_processes() { grep -qs '"process"' "$1" && echo yes || echo no; }

show_processes() {
  setting=$units/$SERVICE.service.d/processes.conf
  if [ "$(looks_for_processes "$etc/agent.json")" = yes ]; then
    mkdir -p "$units/$SERVICE.service.d"
    printf '[Service]\nProtectProc=default\n' >"$setting.new"
    mv -T "$setting.new" "$setting"
  else
    rm -f "$setting"
  fi
}

# Makes a release and a runtime the ones the unit starts.
select_release() {
  point "$opt/releases/$(short "$1")/node" "../../runtime/$(short "$2")/node"
  point "$opt/current" "releases/$(short "$1")"
  mkdir -p "$units"
  point "$units/$SERVICE.service" "/opt/failover-agent/current/$SERVICE.service"
  show_processes
  systemctl daemon-reload
}

# Up means that the agent answers, and that each of its virtual routers takes part, waits out its startupDelay or is held
# back: drained, in maintenance, or by a failed check. One that is held back says why where others say null, and one that
# waits says until when; what is said of other nodes has no such words.
comes_up() {
  deadline=$(($(date +%s) + ANSWER_WITHIN_S))
  while [ "$(date +%s)" -le "$deadline" ]; do
    if status=$("$opt/current/failover-agent" status --json 2>/dev/null) && [ -n "$status" ]; then
      printf '%s' "$status" | tr -d ' \n' | sed 's/"role":/\n&/g' | grep '^"role":"initialize"' | grep '"held":null' | grep -qv '"startsAt":"' || return 0
    fi
    sleep 0.2
  done
  return 1
}

start() {
  systemctl enable --quiet "$SERVICE"
  systemctl reset-failed "$SERVICE" 2>/dev/null || true
  systemctl restart "$SERVICE" && comes_up
}

# Brings what should run up. Sets `action`, for the message either way.
activate() {
  if ! systemctl is-active --quiet "$SERVICE"; then
    action=started && start
  elif [ "$release $runtime" != "$last_release $last_runtime" ] || [ "$(looks_for_processes "$etc/agent.json")" != "$(looks_for_processes "$etc/agent.json.activated")" ]; then
    action=restarted && start
  elif [ "$config" != "$last_config" ]; then
    action=reloaded && systemctl reload "$SERVICE" && comes_up
  else
    action="left alone" && comes_up
  fi
}

# Brings back what last came up. A reload that was refused left the old configuration running: this one changes nothing.
take_back() {
  install_config "$etc/agent.json.activated"
  select_release "$last_release" "$last_runtime"
  if [ "$action" = reloaded ]; then systemctl reload "$SERVICE"; else start; fi
}

# Keeps the releases used last and the runtimes they point to, and of what was copied only what is in use.
prune() {
  touch "$release_dir"
  ls -1dt "$opt"/releases/* | tail -n "+$((RELEASES_KEPT + 1))" | xargs rm -rf
  for old in "$opt"/runtime/*; do
    readlink "$opt"/releases/*/node | grep -qF "/${old##*/}/" || rm -rf "$old"
  done
  for old in "$staging"/releases/*; do
    [ "${old##*/}" = "$(short "$release")" ] || rm -rf "$old"
  done
}

main() {
  staging=$1 release=$2 digest=$3 runtime=$4 config=$5 root=${6-}
  opt=$root/opt/failover-agent etc=$root/etc/failover-agent units=$root/etc/systemd/system
  last_release='' last_runtime='' last_config=''
  if [ -e "$opt/activated" ]; then read -r last_release last_runtime last_config <"$opt/activated"; fi

  [ "$(sum "$staging/agent.json")" = "$config" ] || fail "the copied agent.json is not $config: copy it again"
  install_runtime
  install_release
  install_config "$staging/agent.json"
  select_release "$release" "$runtime"

  if ! activate; then
    journalctl --unit "$SERVICE" --lines 20 --no-pager --output cat >&2 2>/dev/null || true
    [ -n "$last_release" ] || fail "release $(short "$release") did not come up on a machine that had none before"
    take_back || fail "release $(short "$release") did not come up ($action), and neither does the one before it"
    fail "release $(short "$release") with configuration $(short "$config") did not come up ($action); what ran before is back"
  fi
  install -m 0600 "$etc/agent.json" "$etc/agent.json.activated"
  echo "$release $runtime $config" >"$opt/activated.new"
  mv -T "$opt/activated.new" "$opt/activated"
  prune
  echo "failover-agent $(short "$release"): $action"
}

# The shell reads this script from its standard input: nothing that it runs may read the rest of it.
main "$@" </dev/null
