# shellcheck shell=bash
# What the scripts of sandbox/, ./demo and ./check share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by those that source this
state=${PATCHFLOW_STATE:-$root/.demo}

# Progress goes to standard error, so that a script's standard output stays an answer.
say() { printf '%s\n' "$*" >&2; }

# die PROBLEM [REMEDY]
die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    [ $# -lt 2 ] || printf '  remedy: %s\n' "$2" >&2
    exit 1
}

# A script that 'set -e' ends must say where: silence helps nobody.
set -E
trap 'say "${BASH_SOURCE[0]##*/}, line $LINENO: \"$BASH_COMMAND\" exited with $?"' ERR

# as_root COMMAND...: asks sudo only where it is needed.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "'$1' needs root" "run as root, or install sudo"
    fi
}

# For bash -c, before what outlives its caller: nothing stays open that the caller had open, a lock for instance, which would
# be held as long as the service runs.
# shellcheck disable=SC2016,SC2034 # the inner shell fills these in; used by those that source this
close_inherited='for fd in /proc/$$/fd/*; do [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"; done; '

# docker, by sudo where this user may not use the engine's socket.
docker() {
    if [ "$(id -u)" = 0 ] || [ -w /var/run/docker.sock ]; then
        command docker "$@"
    else
        as_root docker "$@"
    fi
}

# The machine's own distribution: nothing here is written down, everything is discovered.
os_value() { (
    # shellcheck disable=SC1091
    . /etc/os-release && eval "printf '%s' \"\${$1:-}\""
); }
machine_arch() { dpkg --print-architecture; }
base_image() { printf 'patchflow/base:%s-%s-%s' "$(os_value ID)" "$(os_value VERSION_ID)" "$(machine_arch)"; }

# signed_by FILE:ENTRY: the keyring that the machine trusts for one entry of its apt configuration.
# apt tells which entry an index comes from, but not the entry's keyring.
signed_by() {
    local file=${1%:*} entry=${1##*:}
    case $file in
        *.sources) awk -v RS='' -v n="$entry" 'NR == n' <(grep -v '^#' "$file") \
            | sed -n 's/^[Ss]igned-[Bb]y:[[:space:]]*//p' ;;
        *) sed -n "${entry}p" "$file" | sed -n 's/.*[[ ]signed-by=\([^] ]*\).*/\1/p' ;;
    esac
}

# One line per component of the distribution's release suite, without its update and security suites, as
# CODENAME URI COMPONENT ENTRY VERSION.
release_suite() {
    local codename
    codename=$(os_value VERSION_CODENAME)
    # shellcheck disable=SC2016 # apt fills these in, not the shell
    apt-get indextargets --format '$(CODENAME) $(RELEASE) $(REPO_URI) $(COMPONENT) $(SOURCESENTRY) $(ARCHITECTURE) $(VERSION)' \
            'Created-By: Packages' 2>/dev/null \
        | awk -v code="$codename" -v arch="$(machine_arch)" \
            '($1 == code || $2 == code) && $6 == arch && !seen[$3 $4]++ { print code, $3, $4, $5, $7 }'
}

# Where apt reads a list of mirrors, its first mirror.
first_mirror() {
    case $1 in
        mirror+file:*) grep -v '^[[:space:]]*#' "${1#mirror+file:}" | awk 'NF { print $1; exit }' ;;
        *) printf '%s' "$1" ;;
    esac
}

# The release suite as lines for a sources.list.
release_sources() {
    local codename uri component entry version keyring
    release_suite | while read -r codename uri component entry version; do
        keyring=$(signed_by "$entry")
        printf 'deb %s%s %s %s\n' "${keyring:+[signed-by=$keyring] }" "$(first_mirror "$uri")" "$codename" "$component"
    done
}

# The keyrings that release_sources names.
release_keyrings() {
    local entry
    release_suite | while read -r _ _ _ entry _; do signed_by "$entry"; done | sort -u
}

# How the machine reaches its archive (proxies, date checks) as apt.conf lines.
acquire_settings() { apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-(Valid-Until|Date)|Retries)' || true; }

# The point release that the machine's lists describe, for example 12.15.
release_version() { release_suite | awk 'NR == 1 { print $5 }'; }

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }
image_id() { docker image inspect -f '{{.Id}}' "$1" 2>/dev/null || true; }

# forget_image ID: an image that a newer one replaced; it stays while a container still uses it.
forget_image() { [ -z "$1" ] || docker rmi "$1" >/dev/null 2>&1 || true; }

# note_image TAG: for who wants to remove later what was made now, and nothing else.
note_image() { [ -z "${PATCHFLOW_IMAGE_LIST:-}" ] || printf '%s\n' "$1" >> "$PATCHFLOW_IMAGE_LIST"; }
image_label() { docker image inspect -f "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true; }

# digest_of FILE...: one digest for scripts and overlays, so that an image made by older ones is made again.
digest_of() { find "$@" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16; }
