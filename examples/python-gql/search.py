"""Searches with a picture: search.py PICTURE [URL]."""

import sys

from gql import Client, FileVar, gql
from gql.transport.httpx import HTTPXTransport

picture = sys.argv[1]
url = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:3000/graphql"

# The header is required with uploads.
transport = HTTPXTransport(url=url, headers={"Apollo-Require-Preflight": "true"})
search = gql(
    """
    query ($file: Upload!) {
      similarImages(by: { upload: $file }, first: 5) {
        nodes { score image { fileName } }
      }
    }
    """
)
search.variable_values = {"file": FileVar(picture)}
hits = Client(transport=transport).execute(search, upload_files=True)["similarImages"]["nodes"]
for hit in hits:
    print(f"{hit['score']:.4f} {hit['image']['fileName']}")
