# shellcheck shell=bash
# The demo's people and hosts, the way of its changes, and the closing table: all through the CLI, thus through the same
# REST API that anybody would use. Sourced after service.sh.

# Who is who in the demo: USER ROLES NAME.
people_list() {
    printf '%s\n' 'olga operator,viewer Olga Operator' 'bob approver,viewer Bob Board' 'carol approver,viewer Carol Council'
}

# people: the first administrator by the one-time code that the service printed, and the others by that administrator.
people() {
    local code user roles name
    code=$(setup_code)
    keep_token ada < <(cli nobody setup --code "$code" --user ada --name 'Ada Admin' --json)
    say "people: ada is the first administrator"
    people_list | while read -r user roles name; do
        cli ada users add "$user" --name "$name" --roles "$roles" >&2
        keep_token "$user" < <(cli ada tokens create --user "$user" --name demo --json)
        say "people: $user ($roles)"
    done
}

setup_code() {
    local code
    code=$(sed -n 's/.*one-time code: *\([A-Za-z0-9-]*\).*/\1/p' "$server_log" | tail -n 1)
    [ -n "$code" ] || die "the service printed no one-time code" "look at its log: $server_log"
    printf '%s' "$code"
}

# keep_token USER: the secret of the answer on standard input, into a file that only this user can read, and a command
# of that person's own.
keep_token() {
    local secret
    secret=$(jq -er .secret) || die "no token for $1" "look at the service's log: $server_log"
    (umask 077 && mkdir -p "$tokens" "$state/as" && printf '%s\n' "$secret" > "$tokens/$1")
    cat > "$state/as/$1" <<SCRIPT
#!/bin/sh
# PatchFlow's CLI as the demo's $1: .demo/as/$1 changes
PATCHFLOW_URL=\$(cat '$state/url') PATCHFLOW_TOKEN=\$(cat '$tokens/$1') DOTNET_ROOT='$(dotnet_root)'
export PATCHFLOW_URL PATCHFLOW_TOKEN DOTNET_ROOT
exec '$root/artifacts/bin/patchflow' "\$@"
SCRIPT
    chmod 700 "$state/as/$1"
}

# enrol_hosts: each host's key is confirmed by the fingerprint that was read inside the host, never on trust.
enrol_hosts() {
    local name address port group fingerprint pids=() pid bad=0
    while read -r name address port group _ fingerprint; do
        (
            cli ada hosts add "$name" --address "$address" --port "$port" --group "$group" > /dev/null
            cli ada hosts enrol "$name" --user root --key "$state/enrolment_key" --fingerprint "$fingerprint" --yes
            say "hosts: $name is enrolled"
        ) & pids+=($!)
    done < "$state/fleet.txt"
    for pid in "${pids[@]}"; do wait "$pid" || bad=1; done
    return $bad
}

changes() { cli ada changes --json | jq -r '.items[] | "\(.id) \(.status) \(.waiting.for // "-")"'; }

# Patches that apply and are in no change yet.
patches_left() { cli ada patches --json | jq -r '.total'; }

approve() { # CHANGE
    local member
    for member in bob carol; do
        cli "$member" approve "$1" --reason "demo: tested on a replica, $member read the evidence" >> "$state/logs/board.log" 2>&1 || true
    done
}

how_to_approve() {
    cat >&2 <<TEXT

A change waits for two members of the board. In another terminal, for each change:
  .demo/as/bob   changes                                  what there is
  .demo/as/bob   show CHG-1                               what it does, what was tested and what was not
  .demo/as/bob   approve CHG-1 --reason 'evidence read'
  .demo/as/carol approve CHG-1 --reason 'evidence read'

TEXT
}

# to_the_end YES: shows the service's own live view until every change has ended.
to_the_end() {
    local yes=$1 deadline=$((SECONDS + ${PATCHFLOW_DEMO_MINUTES:-30} * 60)) quiet=0 id status waits open left watch since=$SECONDS
    [ "$yes" = yes ] || how_to_approve
    cli ada watch & watch=$!
    while :; do
        open=0
        while read -r id status waits; do
            case $status in
                awaitingApproval) open=1; [ "$yes" = no ] || approve "$id" ;;
                completed | superseded) ;;
                completedWithExceptions | rejected | expired | cancelled | unresolvable | testFailed | halted | aborted | rolledBack*)
                    end_watch "$watch"
                    change_failed "$id" "$status" ;;
                approved) open=1; [ "$yes$waits" != yesstart ] || cli olga rollout start "$id" >> "$state/logs/board.log" 2>&1 || true ;;
                *) open=1 ;;
            esac
        done < <(changes)
        left=$(patches_left)
        # Three looks in a row: between the end of one change and the proposal of the next lies a moment.
        if [ $open = 0 ] && [ "$left" = 0 ]; then quiet=$((quiet + 1)); else quiet=0; fi
        [ $quiet -lt 3 ] || break
        if [ "$yes" = yes ] && [ $SECONDS -ge $deadline ]; then
            end_watch "$watch"
            die "the changes have not ended in time" "see what they wait for: .demo/as/ada status"
        fi
        sleep 2
    done
    end_watch "$watch"
    line "$done_glyph" 'every change has ended' $((SECONDS - since))
}

end_watch() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

change_failed() { # CHANGE STATUS
    line "$bad_glyph" "$1 ended as '$2'"
    cli ada show "$1" >&2 || true
    die "$1 did not get to every host" "read what stopped it above, and the log: $server_log"
}

# planned: HOST NAME ARCH FROM TO for each package that a change upgrades on a host which has it.
planned() {
    local id status host
    changes | while read -r id status _; do
        [ "$status" = completed ] || continue
        cli ada show "$id" --json > "$state/change.json"
        jq -r '.hosts[]' "$state/change.json" | while read -r host; do
            jq -r --arg host "$host" '.upgrades[] | "\($host) \(.name) \(.arch) \(.from) \(.to)"' "$state/change.json" \
                | while read -r _ name arch from to; do
                    if grep -qxF "$name $arch $from" "$state/before/$host"; then printf '%s\n' "$host $name $arch $from $to"; fi
                done
        done
    done
}

# keep_evidence: plan and evidence as the service serves them, for whoever wants to check them afterwards.
keep_evidence() {
    local id status
    changes | while read -r id status _; do
        mkdir -p "$state/evidence/$id"
        cli ada show "$id" --plan > "$state/evidence/$id/plan.txt"
        cli ada show "$id" --evidence > "$state/evidence/$id/evidence.txt"
        cli ada show "$id" > "$state/evidence/$id/change.txt"
    done
}

closing() { # SECONDS
    local status=0 change
    planned > "$state/planned"
    keep_evidence
    printf '\n'
    FEED_DIR=$feed_dir sandbox/demo/verify after "$state/planned" || status=1
    printf '\nevidence:'
    for change in "$state"/evidence/*; do printf ' %s' "${change#"$root"/}/evidence.txt"; done
    printf '\nservice:  %s (log: %s)\n' "$(cat "$state/url")" "${server_log#"$root"/}"
    printf 'look:     .demo/as/ada status\n'
    printf 'down:     ./demo down\n'
    printf 'elapsed:  %s\n' "$(clock "$1")"
    [ $status = 0 ] || die "a host does not have what was planned, or the security suite has something newer" "see the table above"
}

# remove_replicas: what the service made in the engine, by its installation's label.
remove_replicas() {
    docker version >/dev/null 2>&1 || return 0
    local installation ids
    installation=$(cat "$data/installation" 2>/dev/null || true)
    [ -n "$installation" ] || return 0
    mapfile -t ids < <(docker ps -aq --filter "label=patchflow.sandbox=$installation")
    [ ${#ids[@]} = 0 ] || docker rm -f -v "${ids[@]}" >/dev/null
    mapfile -t ids < <(docker images -q --filter "label=patchflow.sandbox=$installation" | sort -u)
    [ ${#ids[@]} = 0 ] || docker rmi -f "${ids[@]}" >/dev/null
}
