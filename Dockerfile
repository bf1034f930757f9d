# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -tags nomsgpack -ldflags "-s -w -X main.version=${VERSION}" -o /out/switchboard ./cmd/switchboard
# The one folder that is written to, owned by the user that the program runs as.
RUN mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/switchboard /switchboard
COPY --from=build --chown=nonroot:nonroot /out/data /data
USER nonroot
# The root file system may be read-only: docker run --read-only -p 8080:8080 -v switchboard:/data …
# With no key, serve refuses an address that other machines can reach: run "keys create …" on the same volume first.
# A configuration file is mounted, and named by SWITCHBOARD_CONFIG.
ENV SWITCHBOARD_DATA_DIR=/data SWITCHBOARD_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/switchboard", "doctor", "--ready"]
ENTRYPOINT ["/switchboard"]
CMD ["serve"]
