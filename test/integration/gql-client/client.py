"""Uses the service as a Python program would: client.py URL SCHEMA PICTURE. Prints what it found as JSON."""

import json
import sys

from gql import Client, FileVar, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport

url, schema, picture = sys.argv[1:]
with open(schema, encoding="utf-8") as file:
    schema = file.read()

transport = RequestsHTTPTransport(url=url, headers={"Apollo-Require-Preflight": "true"})
with Client(transport=transport, schema=schema) as session:
    search = gql(
        """query ($file: Upload!) {
          similarImages(by: { upload: $file }, first: 3) { nodes { score image { id } } }
        }"""
    )
    search.variable_values = {"file": FileVar(picture, content_type="image/jpeg")}
    hits = session.execute(search, upload_files=True)["similarImages"]["nodes"]

    node = gql("query ($id: ID!) { node(id: $id) { __typename id } }")
    node.variable_values = {"id": hits[0]["image"]["id"]}
    found = session.execute(node)["node"]

    try:
        session.execute(gql('{ similarImages(by: { image: { id: "Image:999" } }) { exact } }'))
        code = None
    except TransportQueryError as error:
        code = error.errors[0]["extensions"]["code"]

watching = WebsocketsTransport(
    url=url.replace("http", "ws"), subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
)
progress = gql('subscription { jobProgress(id: "Job:1") { state } }')
states = [event["jobProgress"]["state"] for event in Client(transport=watching).subscribe(progress)]

print(json.dumps({"hits": len(hits), "node": found, "code": code, "states": states}))
