# shellcheck shell=sh
# Puts back what an enrolment replaced on a host: the earlier bytes of each file, or none where there was none. Nothing else is
# touched, so that whoever was let in before still is.
program=/usr/local/sbin/patchflow-host
keys=/var/lib/patchflow-account/.ssh/authorized_keys
rights=/etc/sudoers.d/patchflow
before=/etc/patchflow/before

put_back() {
    [ -d "$before" ] || return 0
    undone=0
    # What lets somebody in goes first.
    for path in "$keys" "$rights" /etc/patchflow/host "$program"; do
        earlier=$before/$(basename "$path")
        if [ -e "$earlier" ]; then
            # sudo reads no name with a dot.
            cp -p "$earlier" "$path.earlier" && mv -f "$path.earlier" "$path" && continue
            undone=1
            rm -f "$path.earlier"
            # Without what was there before, nobody is let in by what was not finished.
            case $path in "$keys" | "$rights") rm -f "$path" ;; esac
        else
            rm -f "$path"
        fi
    done
    sync
    # Where something could not be put back, its only copy stays.
    [ "$undone" -ne 0 ] || rm -rf "$before"
    return "$undone"
}
