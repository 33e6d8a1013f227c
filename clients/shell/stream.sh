#!/bin/sh
# Transcribe any file with ffmpeg and websocat: stream.sh FILE [URL]
set -eu

file=${1:?"usage: $0 FILE [URL]"}
url=${2:-ws://localhost:8765}

show() {
    if command -v jq >/dev/null; then
        jq --unbuffered -r 'select(.type == "final" and .text != "").text'
    else
        cat
    fi
}

# Two seconds of silence end the last sentence. -n keeps websocat from closing at the end of the
# file, and idle_close_ms makes the server close after the last words.
case $url in *\?*) url="$url&idle_close_ms=3000" ;; *) url="$url/?idle_close_ms=3000" ;; esac
# shellcheck disable=SC2086  # PACE holds options
ffmpeg -nostdin -v error ${PACE:-} -i "$file" -af apad=pad_dur=2 -f f32le -ar 16000 -ac 1 - |
    websocat --binary -n "$url" | show
