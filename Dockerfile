FROM python:3.11-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /build

# Dependencies first: this layer changes with the lock only. uv itself comes from the lock as well.
COPY requirements/dev.txt requirements/postgres.txt requirements/
RUN awk '/^[^ ]/ { ours = /^uv==/ } ours' requirements/dev.txt > uv.txt \
    && pip install --no-cache-dir --require-hashes -r uv.txt \
    && python -m venv --without-pip /opt/kakehashi \
    && uv pip install --python /opt/kakehashi/bin/python --require-hashes -r requirements/postgres.txt

COPY pyproject.toml LICENSE ./
COPY api api
COPY migrations migrations
COPY models models
COPY routers routers
COPY scheduling scheduling
COPY services services
COPY worker worker
RUN uv build --wheel --offline --out-dir dist \
    && uv pip install --python /opt/kakehashi/bin/python --offline --no-deps dist/*.whl


FROM python:3.11-slim
ENV PATH=/opt/kakehashi/bin:$PATH PYTHONUNBUFFERED=1
# For `kakehashi backup` and `restore`, of the same Debian, hence no older than the database's image; and fonts for PDFs.
RUN apt-get -q update \
    && apt-get -q install -y --no-install-recommends postgresql-client fonts-ipaexfont-gothic fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/kakehashi --create-home kakehashi
COPY --from=build /opt/kakehashi /opt/kakehashi
USER kakehashi
WORKDIR /var/lib/kakehashi
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["kakehashi", "serve", "--host", "0.0.0.0", "--port", "8000"]
