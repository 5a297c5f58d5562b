#!/bin/sh
# Searches with a picture: search.sh PICTURE [URL]. Prints the answer, which is JSON.
set -eu
picture=$1
url=${2:-http://127.0.0.1:3000/graphql}

query='query ($file: Upload!) {
  similarImages(by: { upload: $file }, first: 5) { nodes { score image { fileName } } }
}'
# A line break has to be escaped in JSON, and GraphQL needs none.
query=$(printf '%s' "$query" | tr '\n' ' ')

# The header is required with uploads.
curl --silent --show-error "$url" \
  --header 'Apollo-Require-Preflight: true' \
  --form "operations={\"query\":\"$query\",\"variables\":{\"file\":null}}" \
  --form 'map={"0":["variables.file"]}' \
  --form "0=@$picture"
