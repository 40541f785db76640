# Arena: workers, controller and command in one image.
#   docker build -t arena .
#   docker run --rm -e TEMPORAL_ADDRESS=temporal:7233 arena            # a worker
#   docker run --rm -v "$PWD:/bundles:ro" arena validate /bundles/my-bundle   # any other verb

FROM node:22.21.1-bookworm-slim AS build
WORKDIR /app
# What the lock file says and nothing newer; no package gets to run a script of its own.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs
# The core of Temporal comes for all platforms, 25 MB each, and with its sources.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
    && cd node_modules/@temporalio/core-bridge \
    && own=$(node -p 'require("./common.js").getPrebuiltTargetName()') \
    && find releases -mindepth 1 -maxdepth 1 ! -name "$own" -exec rm -r {} + \
    && rm -r sdk-core src bridge-macros \
    && test -f "releases/$own/index.node"

FROM node:22.21.1-bookworm-slim
# git and ssh fetch bundles; ssh runs for nobody without a name.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin arena
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/examples examples
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/arena
# Nothing but these and the folder of temporary files is ever written to.
RUN install -d -o 10001 -g 10001 /var/lib/arena /var/cache/arena
# 32: answers die young, see src/local/worker-processes.ts.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=32 \
    HOME=/tmp \
    ARENA_DATA_DIR=/var/lib/arena \
    ARENA_CACHE_DIR=/var/cache/arena \
    ARENA_HEALTH_PORT=8081
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
EXPOSE 8081
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ARENA_HEALTH_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["arena"]
CMD ["worker"]
