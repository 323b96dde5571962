# shellcheck shell=sh
# Puts back what an enrolment replaced on a host: the earlier bytes of each file, or none where there was none. Nothing else is
# touched, so that whoever was let in before still is.
program=/usr/local/sbin/patchflow-host
keys=/var/lib/patchflow-account/.ssh/authorized_keys
rights=/etc/sudoers.d/patchflow
before=/etc/patchflow/before

put_back() {
    [ -d "$before" ] || return 0
    # What lets somebody in goes first.
    for path in "$keys" "$rights" /etc/patchflow/host "$program"; do
        earlier=$before/$(basename "$path")
        if [ -e "$earlier" ]; then
            # sudo reads no name with a dot.
            cp -p "$earlier" "$path.earlier" && mv -f "$path.earlier" "$path"
        else
            rm -f "$path"
        fi
    done
    rm -rf "$before"
    sync
}
