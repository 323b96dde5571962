# shellcheck shell=bash
# The demo's people and hosts, the way of its changes, and the closing table: all through the CLI, thus through the same
# REST API that anybody would use. Sourced after service.sh.

# Who is who in the demo: USER ROLES NAME.
people_list() {
    printf '%s\n' 'olga operator,viewer Olga Operator' 'bob approver,viewer Bob Board' 'carol approver,viewer Carol Council'
}

# people: the first administrator by the one-time code that the service made, and the others by that administrator.
people() {
    local user roles name
    (umask 077 && as_root cat "$data/setup-code" > "$tokens/setup-code") \
        || die "the service left no one-time code in $data/setup-code" "look at its log: $server_log"
    cli ada setup --code-file "$tokens/setup-code" --user ada --name 'Ada Admin'
    rm "$tokens/setup-code"
    own_command ada
    say "people: ada is the first administrator"
    people_list | while read -r user roles name; do
        # shellcheck disable=SC2086 # the roles are words on purpose
        cli ada users add "$user" --name "$name" --roles ${roles//,/ }
        cli ada tokens create demo --user "$user" --out "$tokens/$user"
        own_command "$user"
        say "people: $user ($roles)"
    done
}

# own_command USER: PatchFlow's CLI as that person, for whoever looks at the demo.
own_command() {
    mkdir -p "$state/as"
    cat > "$state/as/$1" <<SCRIPT
#!/bin/sh
# PatchFlow's CLI as the demo's $1.
PATCHFLOW_URL=\$(cat '$state/url') PATCHFLOW_TOKEN_FILE='$tokens/$1' DOTNET_ROOT='$(dotnet_root)'
export PATCHFLOW_URL PATCHFLOW_TOKEN_FILE DOTNET_ROOT
exec '$root/artifacts/bin/patchflow' "\$@"
SCRIPT
    chmod 755 "$state/as/$1"
}

# enrol_hosts: each host's key is confirmed by the fingerprint that was read inside the host, never on trust.
enrol_hosts() {
    local name address port group fingerprint pids=() pid bad=0
    # All are known first: a group's change waits for hosts that are about to be enrolled.
    while read -r name address port group _ _; do
        cli ada hosts add "$name" --address "$address" --port "$port" --group "$group" > /dev/null
    done < "$state/fleet.txt"
    while read -r name _ _ _ _ fingerprint; do
        (
            # What enrolling does is the same for each; it is in the log.
            cli ada hosts enrol "$name" --user root --key "$state/enrolment_key" --fingerprint "$fingerprint" --yes 2> "$state/logs/enrol-$name.log" \
                || die "host $name could not be enrolled: $(tail -n 3 "$state/logs/enrol-$name.log")" "the whole log is $state/logs/enrol-$name.log"
            say "hosts: $name is enrolled, its key was confirmed by the fingerprint $fingerprint"
        ) & pids+=($!)
    done < "$state/fleet.txt"
    for pid in "${pids[@]}"; do wait "$pid" || bad=1; done
    return $bad
}

# ID STATUS WHAT-IT-WAITS-FOR of each change.
changes() { rest 'changes?limit=200' | jq -r '.items[] | "\(.id) \(.status) \(.waiting.for // "-")"'; }

# what_applies: waits until every update that applies to a host is in a change; leaves how many changes in 'expected'.
what_applies() {
    local deadline=$((SECONDS + 240)) seen='' now idle=0
    while [ $SECONDS -lt $deadline ]; do
        now=$(rest 'patches?limit=500' | jq -r '[.items[] | select(.setApart == null)]
            | "\(length) \(map(select(.change == null)) | length) \(map(.package) | unique | length) \(map(.change // empty) | unique | length)"')
        [ "$now" = "$seen" ] || say "$(awk '{ printf "%d packages to update on the hosts, %d changes proposed", $1, $4 }' <<<"$now")"
        seen=$now
        case $now in
            '0 '*)
                # Nothing may mean: nothing yet. Feeds must have been fetched, and stay quiet for a while.
                if [ "$(feeds_not_fresh)" = 0 ]; then idle=$((idle + 1)); fi
                [ $idle -lt 15 ] || die "no security update applies to these hosts today" "run ./demo --feed own"
                ;;
            *' 0 '*' '*)
                awk '{ print $4 }' <<<"$now" > "$state/expected"
                return 0 ;;
        esac
        sleep 1
    done
    die "no change was proposed in 240 s; feeds: $(rest feeds | jq -c '[.items[] | {name, state, lastError}]')" "see ${state#"$root"/}/as/ada status"
}

feeds_not_fresh() { rest feeds | jq -r '[.items[] | select(.state != "fresh")] | length'; }

# approver: bob and carol approve whatever is before the board, olga starts what waits for being started.
approver() {
    local id status waits member
    while sleep 2; do
        changes | while read -r id status waits; do
            if [ "$status" = awaitingApproval ]; then
                for member in bob carol; do
                    cli "$member" approve "$id" --yes --reason "demo: $member read plan and evidence" || true
                done
            elif [ "$status" = approved ] && [ "$waits" = start ]; then
                cli olga rollout start "$id" || true
            fi
        done
    done > "$state/logs/board.log" 2>&1 < /dev/null
}

how_to_approve() {
    local as=${state#"$root"/}/as
    cat >&2 <<TEXT

Each change waits for two members of the board. In another terminal:
  $as/bob   changes                what there is
  $as/bob   show CHG-1             what it does, what was tested and what was not
  $as/bob   approve CHG-1
  $as/carol approve CHG-1

TEXT
}

# to_the_end YES: the service's own live view until every change has ended and nothing more applies.
to_the_end() {
    local yes=$1 status since=$SECONDS minutes=30 deadline expected
    # A person may take a day.
    [ "$yes" = yes ] || minutes=1440
    deadline=$((SECONDS + ${PATCHFLOW_DEMO_MINUTES:-$minutes} * 60))
    expected=$(cat "$state/expected")
    if [ "$yes" = yes ]; then
        approver & background=$!
    else
        how_to_approve
    fi
    while :; do
        status=0
        cli ada watch --title 'PatchFlow demo' --until 'done' --at-least "$expected" \
            --timeout $((deadline - SECONDS)) || status=$?
        case $status in
            0) ;;
            130) interrupted ;;
            *) break ;;
        esac
        # What came in meanwhile (a follow-up change) is watched too.
        [ "$(left_to_do)" -gt 0 ] || break
        [ $SECONDS -lt $deadline ] || break
        sleep 2
    done
    end_background
    [ "$status" = 0 ] || not_all_ended "$status"
    line "$done_glyph" 'every change has ended' $((SECONDS - since))
}

# Updates that still apply, and changes that have not ended.
left_to_do() {
    local patches open
    patches=$(rest 'patches?limit=500' | jq -r '[.items[] | select(.setApart == null)] | length')
    open=$(rest 'changes?open=true&limit=200' | jq -r .total)
    echo $((patches + open))
}

not_all_ended() { # EXIT STATUS OF watch
    local id status
    changes | while read -r id status _; do
        case $status in
            completed | superseded) ;;
            *) cli ada show "$id" >&2 || true ;;
        esac
    done
    case $1 in
        4) die "the changes have not ended in time" "see what they wait for: ${state#"$root"/}/as/ada status" ;;
        5) die "a change waits for a person" "see what it waits for: ${state#"$root"/}/as/ada status" ;;
        *) die "a change did not get to every host" "what stopped it is above; the service's log is $server_log" ;;
    esac
}

# planned: HOST NAME ARCH FROM TO for each package that a finished change upgrades, on each of its hosts that had FROM.
planned() {
    local id status host name arch from to
    changes | while read -r id status _; do
        [ "$status" = completed ] || continue
        rest "changes/$id" > "$state/change.json"
        while read -r host; do
            while read -r name arch from to; do
                if grep -qxF "$name $arch $from" "$state/before/$host"; then printf '%s\n' "$host $name $arch $from $to"; fi
            done < <(jq -r '.upgrades[] | "\(.name) \(.arch) \(.from) \(.to)"' "$state/change.json")
        done < <(jq -r '.hosts[]' "$state/change.json")
    done
}

# keep_evidence: plan and evidence as the service serves them, for whoever wants to check them afterwards.
keep_evidence() {
    local id status
    changes | while read -r id status _; do
        mkdir -p "$state/evidence/$id"
        cli ada plan "$id" > "$state/evidence/$id/plan.txt"
        cli ada plan "$id" --evidence > "$state/evidence/$id/evidence.txt"
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
    printf 'look:     %s/as/ada status\n' "${state#"$root"/}"
    printf 'down:     ./demo down\n'
    printf 'elapsed:  %s\n' "$(clock "$1")"
    [ $status = 0 ] || die "a host does not have what was planned, or the security suite has something newer" "see the table above"
}

# remove_replicas: what the service left running in the engine and among the control groups, by its installation's id.
remove_replicas() {
    local installation ids
    [ -f "$data/patchflow.db" ] || return 0
    docker version >/dev/null 2>&1 || return 0
    # A server that was killed before its first migration left a database without tables, and nothing in the engine.
    installation=$(as_root sqlite3 "$data/patchflow.db" "SELECT value FROM meta WHERE key = 'installation'" 2>/dev/null || true)
    [ -n "$installation" ] || return 0
    mapfile -t ids < <(docker ps -aq --filter "label=patchflow.sandbox=$installation")
    [ ${#ids[@]} = 0 ] || docker rm -f -v "${ids[@]}" >/dev/null
    # Images of replicas go by their content, so the next run can use them: they stay until ./demo down.
    printf '%s\n' "$installation" >> "$state/installations"
    as_root find /sys/fs/cgroup -maxdepth 3 -type d -path "*/patchflow/$installation" -exec find {} -depth -type d -exec rmdir {} \; \; 2>/dev/null || true
}

# remove_replica_images: those that any run of this demo made.
remove_replica_images() {
    local installation ids
    [ -f "$state/installations" ] || return 0
    sort -u "$state/installations" | while read -r installation; do
        mapfile -t ids < <(docker images -q --filter "label=patchflow.sandbox=$installation" | sort -u)
        [ ${#ids[@]} = 0 ] || docker rmi -f "${ids[@]}" >/dev/null
    done
}
