FROM debian:12-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587 AS build
WORKDIR /src
COPY script/bootstrap script/bootstrap
RUN script/bootstrap
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
 && script/build release grumble grumbled \
 && strip build/release/bin/grumble build/release/bin/grumbled

FROM debian:12-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libcurl4 libfmt9 libpq5 libpqxx-6.4 libre2-9 \
      libsimdjson14 libspdlog1.10 libtomlplusplus3 libutf8proc2 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin grumble
COPY --from=build /src/build/release/bin/grumble /src/build/release/bin/grumbled /usr/bin/
COPY rules /usr/share/grumble/rules
COPY schema /usr/share/grumble/schema
COPY config /usr/share/grumble/config
RUN grumble --version && grumbled --version
USER 10001:10001
CMD ["grumbled"]
