# Two images from one file: `web` is light, `worker` adds torch and the sample photos.
# docker compose builds both; see docker-compose.yml and docs/running.md.

FROM node:20.19-bookworm-slim AS frontend
WORKDIR /frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim-bookworm AS web
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 SMARTBLUR_DATA=/data \
    MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=131072
RUN useradd --system --uid 10001 --home-dir /app smartblur && install -d -o smartblur /app /data
WORKDIR /app
COPY requirements.txt requirements-s3.txt ./
RUN grep -vE '# (worker|laptop)$' requirements.txt > /tmp/requirements.txt && \
    pip install --no-cache-dir -r /tmp/requirements.txt -r requirements-s3.txt
COPY manage.py LICENSE ./
COPY smartblur_site smartblur_site
COPY annotate annotate
COPY modelsvc modelsvc
COPY --from=frontend /frontend/dist frontend/dist
RUN python -m smartblur_site.translations
RUN DATABASE_URL=postgres://none@localhost/none REDIS_URL=redis://localhost SECRET_KEY=build ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --no-input -v 0
USER smartblur
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/healthz', timeout=2)"]
CMD ["python", "-m", "smartblur_site.webserver", "--host", "0.0.0.0", "--port", "8000"]

FROM web AS worker
ENV OMP_WAIT_POLICY=PASSIVE
USER root
RUN grep -v '# laptop$' requirements.txt > /tmp/requirements.txt && pip install --no-cache-dir -r /tmp/requirements.txt
USER smartblur
HEALTHCHECK NONE
CMD ["celery", "--quiet", "-A", "smartblur_site", "worker", "-P", "threads", "--without-gossip", "--without-mingle", \
     "--without-heartbeat", "-Q", "default,gpu", "-c", "2"]
