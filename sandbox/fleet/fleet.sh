# shellcheck shell=bash
# What the scripts of the demo fleet share. Sourced after common.sh.

# ./check runs a fleet of its own beside a person's: another name, other addresses.
fleet=${PATCHFLOW_FLEET:-demo}
# shellcheck disable=SC2034 # used by the scripts that source this
fleet_net=${PATCHFLOW_FLEET_NET:-127.0.10}
label=patchflow.fleet=$fleet

group_of() { if [ "$1" = own ]; then echo app; else echo "$1"; fi; }
role_image() { printf 'patchflow/fleet-%s:%s' "$1" "$(base_image | cut -d: -f2)"; }

# systemd as PID 1 without --privileged. The bind shows this machine's cgroups to the container, which is right for
# demo hosts of one's own making, and never for a sandbox.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    cgroups=(--cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:rw)
else
    cgroups=(-v /sys/fs/cgroup:/sys/fs/cgroup:ro)
fi
# SYS_PTRACE: on a real host root reads /proc/PID/maps of every service, to see who still maps a replaced library.
# shellcheck disable=SC2034
systemd_flags=(--cap-add SYS_PTRACE --stop-signal SIGRTMIN+3 -e container=docker --tmpfs /run --tmpfs /run/lock "${cgroups[@]}")

# 22 unless something on this machine listens there on every address.
free_port() {
    if ss -Hltn 'sport = :22' | awk '{ print $4 }' | grep -qE '^(0\.0\.0\.0|\*|\[::\]):22$'; then echo 2222; else echo 22; fi
}

fleet_containers() { docker ps -aq --filter "label=$label"; }
fleet_networks() { docker network ls -q --filter "label=$label"; }
