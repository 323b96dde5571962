# shellcheck shell=bash
# PatchFlow itself, as the demo runs it: the published server with appsettings.json as shipped and a few settings in the
# environment, and the CLI as anybody would use it. Sourced after common.sh.

data=$state/data
tokens=$state/tokens
server_log=$state/logs/server.log

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The port that was asked for, or the first free one from 8080 on.
choose_port() {
    local port
    if [ -n "${PATCHFLOW_PORT:-}" ]; then
        port_is_free "$PATCHFLOW_PORT" || die "port $PATCHFLOW_PORT is taken" "set PATCHFLOW_PORT to another, or leave it out"
        echo "$PATCHFLOW_PORT"
        return 0
    fi
    for port in $(seq 8080 8120); do
        if port_is_free "$port"; then
            echo "$port"
            return 0
        fi
    done
    die "no free port from 8080 to 8120" "set PATCHFLOW_PORT to a free one"
}

# Where the apphost finds a runtime that is not in one of its default places.
dotnet_root() { printf '%s' "${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}"; }

# The feeds: the machine's own archive as shipped, or the own feed in its place.
feed_settings() { # own FEED-DIR | archive
    [ "$1" = own ] || return 0
    local index=0 suite
    for suite in own-security own; do
        printf '%s\n' "PatchFlow__Feeds__${index}__Kind=apt" "PatchFlow__Feeds__${index}__Name=$suite" \
            "PatchFlow__Feeds__${index}__Address=file://$2" "PatchFlow__Feeds__${index}__Suite=$suite" \
            "PatchFlow__Feeds__${index}__Components__0=main" "PatchFlow__Feeds__${index}__Arch=$(machine_arch)" \
            "PatchFlow__Feeds__${index}__Keyring=$2/keyring.gpg" \
            "PatchFlow__Feeds__${index}__Security=$([ "$suite" = own-security ] && echo true || echo false)"
        index=$((index + 1))
    done
}

# The pipelines as shipped, but with soaks of seconds: nobody watches a demo for a quarter of an hour.
demo_pipelines() {
    mkdir -p "$state/pipelines"
    cp "$root"/pipelines/*.yaml "$state/pipelines/"
    sed -i 's/^\( *soak: \)PT[0-9]*[MH]/\1PT5S/' "$state"/pipelines/*.yaml
    printf '%s\n' "PatchFlow__Pipelines__Directory=$state/pipelines"
}

# It runs as root: it gives each replica a control group of its own.
start_server() { # PORT [SETTING...]
    local url=http://127.0.0.1:$1 deadline=$((SECONDS + 60)) pid
    shift
    mkdir -p "$state/logs" "$tokens"
    chmod 700 "$state" "$tokens"
    # Links of its own to the program's files: a build under a standing demo does not pull them away.
    as_root rm -rf "$state/server"
    cp -al "$root/artifacts/programs/patchflow-server" "$state/server"
    say "service: starting on $url"
    # A session of its own, so that it stays when the demo ends or is interrupted.
    # shellcheck disable=SC2016 # the inner shell fills these in
    (cd "$root" && as_root env "Urls=$url" "PatchFlow__DataDirectory=$data" "DOTNET_ROOT=$(dotnet_root)" DOTNET_NOLOGO=1 "$@" \
        setsid --fork bash -c "$close_inherited"'echo $$ > "$1" && exec "$2" > "$3" 2>&1 < /dev/null' bash \
        "$state/server.pid" "$state/server/patchflow-server" "$server_log")
    printf '%s\n' "$url" > "$state/url"
    until live "$url"; do
        pid=$(cat "$state/server.pid" 2>/dev/null || true)
        if [ -n "$pid" ] && ! [ -d "/proc/$pid" ]; then
            die "the service ended at once; its log ends:
$(tail -n 12 "$server_log")" "mend what the log says: $server_log"
        fi
        [ $SECONDS -lt $deadline ] || die "the service does not answer on $url" "read its log: $server_log"
        sleep 0.3
    done
    say "service: answers on $url"
}

# get URL PATH [TOKEN-FILE]: status line and headers, an empty line, the body. Nothing needed beyond the shell, and the
# token is on no command line.
get() {
    local authority=${1#http://} token=''
    [ -z "${3:-}" ] || token=$(cat "$3")
    (
        exec 3<>"/dev/tcp/${authority%:*}/${authority#*:}" || exit 1
        printf 'GET %s HTTP/1.0\r\nHost: %s\r\nAccept: application/json\r\n%s\r\n' "$2" "$authority" \
            "${token:+Authorization: Bearer $token$'\r\n'}" >&3
        timeout 20 cat <&3
    ) 2>/dev/null
}

live() { [[ $(get "$1" /healthz/live | head -n 1) == *" 200 "* ]]; }

# rest PATH: what the API answers to the demo's administrator.
rest() {
    local answer
    answer=$(get "$(cat "$state/url")" "/api/v1/$1" "$tokens/ada" | tr -d '\r') || return 1
    [[ ${answer%%$'\n'*} == *" 200 "* ]] || return 1
    printf '%s' "${answer#*$'\n\n'}"
}

# Only the process whose number was written down, and only while it still is our server.
stop_server() {
    local pid deadline=$((SECONDS + 30))
    pid=$(cat "$state/server.pid" 2>/dev/null || true)
    if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = patchflow-serve ]; then
        as_root kill -TERM "$pid"
        while [ -d "/proc/$pid" ] && [ $SECONDS -lt $deadline ]; do sleep 0.2; done
        [ ! -d "/proc/$pid" ] || as_root kill -KILL "$pid"
    fi
    as_root rm -f "$state/server.pid"
}

# cli USER COMMAND...: the CLI with that user's token, as that user would run it.
cli() {
    local user=$1
    shift
    PATCHFLOW_URL=$(cat "$state/url") PATCHFLOW_TOKEN_FILE=$tokens/$user DOTNET_ROOT=$(dotnet_root) \
        "$root/artifacts/bin/patchflow" "$@"
}
