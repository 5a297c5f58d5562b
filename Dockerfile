# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
# Older versions of npm run the install script of onnxruntime-node, which would download CUDA libraries.
ENV ONNXRUNTIME_NODE_INSTALL=skip
# "prepare" builds dist/. Whatever only the build or another operating system needs is then removed.
RUN npm ci && npm prune --omit=dev \
  && rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:22-bookworm-slim
WORKDIR /app

COPY --from=build /app/package.json /app/LICENSE /app/NOTICE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/models ./models
COPY --from=build /app/samples ./samples
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist

# A container is reached on its own address, so the service has to listen beyond loopback. It refuses
# to do so until LOOKALIKE_OPEN=true confirms that everybody who reaches the port may read, add and
# delete pictures. The image does not set this: whoever runs it decides, as docker-compose.yml does.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    LOOKALIKE_DATA_DIR=/data

# A folder mounted here must belong to user 1000 ("node").
RUN install -d -o node -g node /data
VOLUME /data
USER node

EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "bin/lookalike.js"]
CMD ["serve"]
