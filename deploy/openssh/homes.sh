#!/bin/sh
# Make the operator or an account of the drop: Unix user, home, folders, key. Run as root; repeating is harmless.
#   homes.sh operator PUBLIC_KEY_FILE
#   homes.sh account NAME PUBLIC_KEY_FILE
set -eu
base=${TIDEWAITER_BASE:-/srv/tidewaiter}
operator=${TIDEWAITER_OPERATOR:-tidewaiter}
accounts=${TIDEWAITER_ACCOUNTS:-tidewaiter-accounts}

user() { # no password, no shell; '*' because sshd without PAM refuses an account locked by '!'
    getent passwd "$1" >/dev/null || useradd --no-create-home --home-dir / --shell /usr/sbin/nologin --user-group --password '*' "$1"
    install -o root -g root -m 644 "$2" "$base/keys/$1"
}

# sshd wants every folder down to the root of a chroot to belong to root and be writable to nobody else.
install -d -o root -g root -m 755 "$base" "$base/drop" "$base/keys"

case "${1-} $#" in
"operator 2")
    user "$operator" "$2"
    ;;
"account 3")
    name=$2 home=$base/drop/$2
    printf %s "$name" | grep -Eqx '[A-Za-z0-9][A-Za-z0-9_-]{0,31}' || { echo "not an account name: $name" >&2; exit 2; }
    getent group "$accounts" >/dev/null || groupadd "$accounts"
    user "$name" "$3"
    usermod -aG "$accounts" "$name"
    install -d -o root -g root -m 755 "$home"
    for inbound in inbox check; do # sticky: an account deletes and renames its own files only
        install -d -o "$operator" -g "$name" -m 3770 "$home/$inbound"
        install -d -o "$operator" -g "$operator" -m 700 "$home/$inbound/.taken"
    done
    install -d -o "$operator" -g "$name" -m 2770 "$home/outbox" "$home/outbox/check" "$home/outbox/statements"
    ;;
*)
    sed -n '2,4s/^# \{0,3\}//p' "$0" >&2
    exit 2
    ;;
esac
