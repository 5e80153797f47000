#!/bin/sh
# Writes what the compose file needs and nobody else may read: .env and secrets/redis.acl. It replaces neither.
#
#     ./new-secrets.sh [FOLDER]        here, unless told otherwise
set -eu
cd "${1:-$(dirname "$0")}"
for each in .env secrets/redis.acl; do
    if [ -e "$each" ]; then
        echo "$each is there already; move it away to make new secrets (everybody will be signed out)" >&2
        exit 1
    fi
done

umask 077
mkdir -p secrets/portcall
# The folder keeps other people of this machine out. The files in it can be read by anybody who is let in, for a
# container's user, which is nobody here, sees them through a mount of their own.
chmod 700 secrets
chmod 755 secrets/portcall

password=$(openssl rand -hex 32)
hash=$(printf %s "$password" | openssl dgst -sha256 -r | cut -d ' ' -f 1)
cat > secrets/redis.acl <<ACL
user default on nopass resetkeys resetchannels -@all +ping
user portcall on #$hash ~portcall:* &portcall:* -@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@admin -@dangerous +info +time
ACL
chmod 644 secrets/redis.acl

cat > .env <<ENV
IMAGE_TAG=dev
REDIS_PASSWORD=$password
PORTCALL_STORE_KEY=$(openssl rand -base64 32)
ENV
echo "written: .env, secrets/redis.acl; still wanted: secrets/tls.pem (certificate, chain and key)"
