#!/bin/sh
# Makes src/embeddings/registry/onnx/onnx-ml_pb.ts anew from onnx-ml.proto. The tools come from the
# npm registry for this run alone; the service itself needs @bufbuild/protobuf of the same version.
set -eu
cd "$(dirname "$0")"
version=$(node -p "require('../../package.json').dependencies['@bufbuild/protobuf']")
npx --yes -p "@bufbuild/buf@1.75.0" -p "@bufbuild/protoc-gen-es@$version" -- \
  buf generate . --path onnx-ml.proto
