"""Searches with a picture, without a GraphQL library: search.py PICTURE [URL]."""

import json
import sys

import httpx

picture = sys.argv[1]
url = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:3000/graphql"

query = """
query ($file: Upload!) {
  similarImages(by: { upload: $file }, first: 5) {
    nodes { score image { fileName } }
  }
}
"""
# The GraphQL multipart request specification: the operation, where each file belongs in it, and the files.
form = {
    "operations": json.dumps({"query": query, "variables": {"file": None}}),
    "map": json.dumps({"0": ["variables.file"]}),
}
with open(picture, "rb") as file:
    # The header is required with uploads.
    response = httpx.post(
        url, headers={"Apollo-Require-Preflight": "true"}, data=form, files={"0": file}, timeout=30
    )
answer = response.json()
if "errors" in answer:
    error = answer["errors"][0]
    sys.exit(f"{error['extensions']['code']}: {error['message']}")
for hit in answer["data"]["similarImages"]["nodes"]:
    print(f"{hit['score']:.4f} {hit['image']['fileName']}")
