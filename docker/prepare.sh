#!/bin/sh
# Prepare the volumes before the services start. Runs as root, with no capability except chown.
#
# - A mounted folder that Docker created belongs to root: its owner becomes the servers' user
#   (STT_USER). A folder that a user created keeps its owner.
# - Without a certificate in /certs (stt.pem: certificate and key in one file) one is created for
#   localhost, about which browsers warn. HAProxy's user (99 in its image) must be able to read it.
set -eu
umask 077

for folder in /app/models /app/audio /app/data; do
  if [ -d "$folder" ]; then
    find "$folder" -maxdepth 0 -uid 0 -exec chown "$STT_USER" {} +
  fi
done

if [ -d /certs ] && [ ! -s /certs/stt.pem ]; then
  draft=$(mktemp -d)
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$draft/key" -out "$draft/certificate" 2> "$draft/log" || { cat "$draft/log" >&2; exit 1; }
  cat "$draft/certificate" "$draft/key" > /certs/stt.pem
  rm -r "$draft"
  chown 99:99 /certs/stt.pem
  echo "made a certificate for localhost: put your own in its place (certs/stt.pem)" >&2
fi
