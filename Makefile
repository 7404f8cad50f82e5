# What a person types; set-up happens by itself, once, and again when what it was made from changes.
# Needs Python 3.11+ (PYTHON=...), Node 20.19+ and make.
PYTHON ?= python3
PY := .venv/bin/python
NODE_READY := frontend/node_modules/.package-lock.json
BUNDLE := frontend/dist/manifest.json
BUNDLE_SOURCES := $(shell find frontend/src frontend/public -type f) frontend/vite.config.ts frontend/package.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard smartblur_site/locale/*/LC_MESSAGES/*.po))
FIGURES := saves next_image annotators people export formats upload crash train_kill queue redis_away training_beside preannotate frames expert session settling scripts
# Settings for commands that read the code and touch no store.
OFFLINE := env DATABASE_URL=postgres://none@localhost/none REDIS_URL=redis://localhost SECRET_KEY=offline ALLOWED_HOSTS=localhost
VITEST_REPORT := .cache/vitest.json

.PHONY: run test check bench docs schema chromium demo-model
.DELETE_ON_ERROR:

run: .venv/run $(BUNDLE) $(CATALOGUES) ; @exec $(PY) -m smartblur_site.devstack run
test: .venv/dev $(BUNDLE) $(CATALOGUES) chromium ; @npm --prefix frontend test -- --reporter=default --reporter=json --outputFile.json=../$(VITEST_REPORT); js=$$?; VITEST_REPORT=$(VITEST_REPORT) $(PY) -m pytest -n 2 --no-loadscope-reorder; py=$$?; exit $$((js | py))
check: .venv/dev $(BUNDLE) lint ; $(PY) -m tests.collecting && $(MAKE) --no-print-directory test
bench: .venv/dev $(BUNDLE) $(CATALOGUES) ; @for figure in $(FIGURES); do $(PY) -m tests.bar.$$figure || failed=1; done; exit $${failed:-0}
docs: .venv/dev ; @$(PY) -m pytest -q tests/docs

# The parts of `make check` that run no test.
.PHONY: lint
lint: .venv/dev $(NODE_READY)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m tests.promises check
	.venv/bin/lint-imports
	$(MAKE) --no-print-directory schema SCHEMA_TYPES=../.cache/schema.gen.ts CLIENT_TYPES=.cache/schema.py
	diff frontend/src/schema.gen.ts .cache/schema.gen.ts && diff smartblur/schema.py .cache/schema.py || { echo "The API has changed: run make schema, and commit frontend/src/schema.gen.ts and smartblur/schema.py."; exit 1; }
	npm --prefix frontend run check

# The front end's types of the API and the client's, from the API itself.
SCHEMA_TYPES := src/schema.gen.ts
CLIENT_TYPES := smartblur/schema.py
schema: .venv/dev $(NODE_READY)
	@mkdir -p .cache
	$(OFFLINE) $(PY) manage.py spectacular --validate --fail-on-warn --file .cache/schema.yaml
	npm --prefix frontend run --silent schema -- ../.cache/schema.yaml -o $(SCHEMA_TYPES)
	.venv/bin/datamodel-codegen --input .cache/schema.yaml --output $(CLIENT_TYPES)

# The words of other languages: from what people wrote to what the site reads; needs no gettext on the machine.
%.mo: %.po .venv/run
	@$(PY) -m smartblur_site.translations

# What researchers install: the release format, the other formats, the network and the client of the API.
.PHONY: wheel
wheel: .venv/run ; $(PY) -m pip wheel --quiet --no-deps --wheel-dir .cache/wheel .

chromium: .venv/dev ; @$(PY) -m tests.chromium

# Train the network that ships again, from folders of sharp photos, on small crops and then on larger ones: make demo-model SOURCES="DIR ..." PAIRS="--pairs DIR=6 ... --blurred white". Goes on where it stopped.
demo-model: .venv/run
	$(PY) -m modelsvc.fusenet pretrain $(SOURCES) $(PAIRS) --set crop=240 --set enlarge=2.0 --set lr_heads=0.0015 --set max_hours=1.5 --out .cache/demo-model/near --resume
	$(PY) -m modelsvc.fusenet pretrain $(SOURCES) $(PAIRS) --base .cache/demo-model/near/last --set crop=288 --set enlarge=2.0 --set lr_heads=0.0007 --set lr_trunk=0.0002 --set gradient_weight=0.15 --set max_hours=1.5 --out .cache/demo-model/wide --resume
	$(PY) -m modelsvc.fusenet export .cache/demo-model/wide/last --out modelsvc/fusenet/weights

.venv/run: requirements.txt
	@echo "Installing the Python packages (a minute or two, once) ..."
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install -qq pip==26.3
	$(PY) -m pip install -qq -r requirements.txt
	@touch $@

.venv/dev: .venv/run pyproject.toml
	@echo "Installing the tools for tests and checks ..."
	$(PY) -m pip install -qq --group dev
	@touch $@

$(NODE_READY): frontend/package.json frontend/package-lock.json
	@echo "Installing the front end's packages (once) ..."
	npm --prefix frontend ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(BUNDLE_SOURCES) $(NODE_READY)
	@echo "Building the front end ..."
	npm --prefix frontend run --silent build
	@touch $@
