FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.txt pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/sandbox && /opt/sandbox/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY sandbox sandbox
COPY mocks mocks
COPY scenarios scenarios
COPY loadtests loadtests
COPY openapi.yaml ./
RUN /opt/sandbox/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
# A user of its own: nothing here needs to be root. /data is the only place it writes to.
RUN useradd --create-home --uid 10001 sandbox && install -d -o sandbox -g sandbox /data
COPY --from=build /opt/sandbox /opt/sandbox
ENV PATH=/opt/sandbox/bin:$PATH PYTHONUNBUFFERED=1
USER sandbox
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=2)"]
ENTRYPOINT ["sandbox"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--data", "/data"]
