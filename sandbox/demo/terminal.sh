# shellcheck shell=bash
# How the demo shows what it does. On a terminal one line that is redrawn, else a line an event, with the time.

if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then terminal=yes; else terminal=no; fi
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
    *[Uu][Tt][Ff]*8*) done_glyph='✓' now_glyph='▸' bad_glyph='✗' ;;
    *) done_glyph='+' now_glyph='>' bad_glyph='!' ;;
esac
# Programs end what they draw themselves; the folder of their output is set by the caller.
log_folder=$state/logs

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# line GLYPH TEXT [SECONDS]
line() {
    local elapsed=''
    [ -z "${3:-}" ] || elapsed=$(clock "$3")
    if [ $terminal = yes ]; then
        printf '\r\033[K%s %-68s %s\n' "$1" "$2" "$elapsed" >&2
    else
        printf '%s %s %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" "$elapsed" >&2
    fi
}

# begin NAME COMMAND...: starts the command in the background, in a process group of its own, so that an interrupt can
# end all of it. Its progress (standard error) and output go to files.
begin() {
    local name=$1
    shift
    mkdir -p "$log_folder"
    set -m
    ("$@") > "$log_folder/$name.log" 2> "$log_folder/$name.progress" < /dev/null &
    running[$name]=$!
    set +m
}

# finish TITLE NAME...: shows the last line of progress until all of them have ended; ends the demo if one failed.
finish() {
    local title=$1 name
    shift
    local since=$SECONDS names=("$@") bad=0
    if [ $terminal = yes ]; then redraw "$title" "$since" "${names[@]}"; else follow "${names[@]}"; fi
    for name in "${names[@]}"; do
        wait "${running[$name]}" || { bad=1; fail "$title" "$name"; }
        unset "running[$name]"
    done
    [ $bad = 0 ] || exit 1
    line "$done_glyph" "$title" $((SECONDS - since))
}

redraw() { # TITLE SINCE NAME...
    local title=$1 since=$2 last name alive=yes width
    shift 2
    width=$(tput cols 2>/dev/null || echo 80)
    while [ $alive = yes ]; do
        alive=no last=''
        for name in "$@"; do
            if kill -0 "${running[$name]}" 2>/dev/null; then
                alive=yes
                last=$(tail -n 1 "$log_folder/$name.progress" 2>/dev/null | tr -d '\000-\037\177' | sed 's/^ *//')
            fi
        done
        last="$now_glyph $title  $(clock $((SECONDS - since)))  $last"
        printf '\r\033[K%s' "${last:0:$((width - 1))}" >&2
        sleep 0.25
    done
}

follow() { # NAME...: every line of progress as it comes
    local name tails=()
    for name in "$@"; do
        tail -n +1 -s 0.2 -f --pid="${running[$name]}" "$log_folder/$name.progress" 2>/dev/null \
            | while IFS= read -r text; do line . "$text"; done & tails+=($!)
    done
    wait "${tails[@]}" || true
}

fail() { # TITLE NAME
    line "$bad_glyph" "$1: failed ($2)"
    tail -n 15 "$log_folder/$2.progress" "$log_folder/$2.log" 2>/dev/null | sed 's/^/    /' >&2
    say "  logs: $log_folder"
    say "  remedy: mend what is said above and run ./demo again; what is up is replaced"
}

# end_running: for an interrupt. Only process groups that begin started.
end_running() {
    local name
    for name in "${!running[@]}"; do kill -TERM -- "-${running[$name]}" 2>/dev/null || true; done
}
declare -A running=()
