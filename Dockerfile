# The gateway in a container: `docker compose up` (compose.yaml) brings Ollama and Redis along.
FROM python:3.13-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY server server
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
# git and ripgrep are used where they are there.
# The newest of the distribution, with its mended faults.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends git ripgrep \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 arriero \
    && install -d -o arriero -g arriero /workspace /home/arriero/.local/state /home/arriero/.config
COPY --from=wheel /wheels /wheels
# The wheel says which versions it needs.
# hadolint ignore=DL3013
RUN wheel="$(echo /wheels/arriero-*.whl)" \
    && pip install --no-cache-dir "${wheel}[fast,redis]" \
    && rm -r /wheels
USER 1000:1000
WORKDIR /workspace
ENV PYTHONUNBUFFERED=1
EXPOSE 11435
# State: sessions, checkpoints of edits, conversations. Config: config.yaml, which the dashboard edits.
VOLUME ["/home/arriero/.local/state", "/home/arriero/.config"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:11435/health', timeout=8)"]
ENTRYPOINT ["arriero"]
# It listens to others, so that it refuses to begin without a key: ARRIERO_API_KEY, or gateway.keys.
CMD ["serve", "--host", "0.0.0.0", "--working-dir", "/workspace"]
