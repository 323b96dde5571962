# shellcheck shell=sh disable=SC2154
# After the words of enrol-undo.sh: what enrolment does on a host, as root. The words before it set account, id, key_line, sudo_lines and helper_digest; each
# step is announced, so that a failure names its step. Running it again changes nothing. What fails leaves everything as it
# was before, an earlier enrolment too: each file's earlier bytes are kept in $before until the next enrolment.
# All of it is a function: a script that was cut off by a lost connection does nothing.
enrol() {
    set -eu
    PATH=/usr/sbin:/usr/bin:/sbin:/bin
    LC_ALL=C
    export PATH LC_ALL
    unset CDPATH ENV
    umask 022

    home=/var/lib/patchflow-account

    step() { echo "step $1"; }
    fail() {
        echo "$1" >&2
        exit 1
    }

    remembered=0
    remember() { # each file that is about to be replaced, or that there is none
        mkdir -p /etc/patchflow
        rm -rf "$before"
        mkdir -m 0700 "$before"
        for path in "$program" /etc/patchflow/host "$rights" "$keys"; do
            if [ -e "$path" ]; then cp -p "$path" "$before/$(basename "$path")"; fi
        done
        sync
        remembered=1
    }
    withdraw() {
        code=$?
        rm -f "$program.new" /etc/patchflow/host.new /etc/sudoers.d/.patchflow.new "$keys.new"
        if [ "$code" -ne 0 ] && [ "$remembered" -eq 1 ]; then
            put_back || echo "what was here before could not all be put back: it is in $before" >&2
        fi
        exit "$code"
    }
    trap withdraw EXIT

    step tools
    [ "$(id -u)" = 0 ] || fail "this needs root"
    for tool in useradd usermod getent sudo visudo sha256sum stat dpkg-query apt-get perl; do
        command -v "$tool" >/dev/null || fail "$tool is not on this host: install its package, then enrol again"
    done

    step host-id
    [ ! -e /etc/patchflow/replica ] || fail "this is a sandbox replica (/etc/patchflow/replica), not a host"
    if [ -e /etc/patchflow/host ] && [ "$(cat /etc/patchflow/host)" != "$id" ]; then
        fail "this host is enrolled as '$(head -c 63 /etc/patchflow/host | tr -cd 'a-z0-9-')': if it really is to become '$id', remove /etc/patchflow/host on it and enrol again"
    fi

    step account
    if entry=$(getent passwd "$account"); then
        [ "$(echo "$entry" | cut -d: -f6)" = "$home" ] \
            || fail "there is an account '$account' that PatchFlow did not make: enrol with another --account, or remove it"
    else
        useradd --system --user-group --no-create-home --home-dir "$home" --shell /bin/sh "$account"
    fi
    [ "$(id -u "$account")" -ne 0 ] || fail "the account '$account' is root"
    [ "$(id -Gn "$account")" = "$account" ] || fail "the account '$account' is in other groups: $(id -Gn "$account"): take it out of them"
    if [ -e "$rights" ] && ! head -n 1 "$rights" | grep -q '^# PatchFlow: '; then
        fail "there is a $rights that PatchFlow did not write: look what it allows, and move it elsewhere"
    fi
    # No password at all, and not locked either: sshd refuses a locked account's key where PAM is off.
    usermod -p '*' -s /bin/sh "$account"

    step helper
    remember
    mkdir -p /usr/local/sbin
    write_helper > "$program.new"
    [ "$(sha256sum < "$program.new" | cut -c1-64)" = "$helper_digest" ] || fail "the helper arrived damaged: is the disk full?"
    chown root:root "$program.new"
    chmod 0755 "$program.new"
    mv -f "$program.new" "$program"
    mkdir -p /etc/patchflow
    printf '%s\n' "$id" > /etc/patchflow/host.new
    mv -f /etc/patchflow/host.new /etc/patchflow/host

    step sudo
    printf '%s\n' "$sudo_lines" > /etc/sudoers.d/.patchflow.new
    chmod 0440 /etc/sudoers.d/.patchflow.new
    visudo -cqf /etc/sudoers.d/.patchflow.new || fail "visudo refuses the drop-in: is this host's sudo very old?"
    mv -f /etc/sudoers.d/.patchflow.new "$rights"
    sudo -n -l -U "$account" "$program" >/dev/null || fail "sudo does not read /etc/sudoers.d: put '@includedir /etc/sudoers.d' into /etc/sudoers"

    step key
    # All of it root's: the account can't add keys to itself.
    mkdir -p "$home/.ssh"
    chown root:root "$home" "$home/.ssh"
    chmod 0755 "$home" "$home/.ssh"
    printf '%s\n' "$key_line" > "$keys.new"
    chmod 0644 "$keys.new"
    mv -f "$keys.new" "$keys"
    sync
    step "done"
}
enrol < /dev/null
