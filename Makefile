# Every target sets up what it needs on a fresh machine, inside this checkout.
PYTHON ?= python3
BIN := .venv/bin
CLIENT := client-vscode

.PHONY: demo test lint types generated wheel client editors edits real fixes peers sam terraform templates bench clean

demo: .venv/ready  ## check the bundled demo project
	@$(BIN)/twice check docs/demo || [ $$? -eq 1 ]
	@echo
	@echo "To ask why:             $(BIN)/twice explain, as the last line of each finding says."
	@echo "To see it as you type:  open docs/demo in an editor that runs '$(CURDIR)/$(BIN)/twice serve': docs/EDITORS.md."

test: lint types .venv/ready  ## style, types and all quick tests
	$(BIN)/pytest

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/ready
	$(BIN)/mypy

generated: .venv/ready  ## write anew what is made from code and rules: the vocabulary, the schemas
	$(BIN)/python -m twice.vocabulary > docs/VOCABULARY.md
	$(BIN)/python -c "from twice.rules import schema; print(schema.schema(), end='')" > rules/rule.schema.json
	$(BIN)/python -c "from twice.rules import schema; print(schema.checklist_schema(), end='')" > rules/checklist.schema.json
	$(BIN)/python -c "from twice.rules import schema; print(schema.library_schema(), end='')" > rules/library.schema.json
	$(BIN)/python -m twice.lsp.conformance docs/lsp.md
	$(BIN)/python -m twice.pages docs

wheel: .venv/ready  ## build a wheel, install it in a fresh environment, and check the demo with it
	rm -rf dist build/wheel
	$(BIN)/python -m build --wheel
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/pip install --quiet --disable-pip-version-check dist/*.whl
	$(BIN)/python tests/wheel.py build/wheel/bin/python

client: .venv/ready $(CLIENT)/node_modules/.package-lock.json  ## check, test and pack the extension for VS Code
	rm -rf $(CLIENT)/server
	$(BIN)/python -m build --quiet --wheel --outdir $(CLIENT)/server
	$(BIN)/python $(CLIENT)/stored.py $(CLIENT)/server/*.whl
	cd $(CLIENT) && npm run --silent lint && npm run --silent types && npm test --silent && npm run --silent package
	@test $$(wc -c < $(CLIENT)/out/twice.vsix) -lt 1000000 || { echo "The extension is larger than 1 MB."; exit 1; }
	@echo "Install it with: code --install-extension $(CLIENT)/out/twice.vsix"

editors: .venv/ready client  ## drive real editors through one scenario; what cannot be installed here is told
	$(BIN)/python tests/editors/editors.py

edits: .venv/ready  ## make 100,000 random edits in open documents and in a model of them, and compare
	$(BIN)/python tests/lsp_model.py 100000

real: .venv/ready  ## check packages from PyPI that nobody here wrote
	$(BIN)/python tests/real/real.py

fixes: .venv/ready  ## make the fixes that those packages are offered, and look at what comes of them
	$(BIN)/python tests/real/fixes.py

peers: .venv/ready  ## check what other linters are tested on, and compare
	$(BIN)/python tests/real/peers.py

sam: .venv/ready  ## compare SAM templates with what their own translator makes of them: TREE=a clone of aws/serverless-application-model
	@test -d "$(TREE)/tests/translator/input" || { echo "Name a clone: git clone https://github.com/aws/serverless-application-model, then make sam TREE=serverless-application-model"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --group oracle
	$(BIN)/python tests/real/sam.py $(TREE)

terraform: .venv/ready  ## compare what is read from Terraform with what python-hcl2 reads: TREE="one another"
	@test -n "$(TREE)" || { echo "Name clones of any repositories with Terraform: make terraform TREE=terraform-aws-lambda"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --group oracle
	$(BIN)/python tests/real/terraform.py $(TREE)

templates: .venv/ready  ## read the templates of other repositories, whole and cut at random: TREE="one another"
	@test -n "$(TREE)" || { echo "Name clones of any repositories with templates: make templates TREE=\"serverless-patterns terraform-aws-lambda\""; exit 1; }
	$(BIN)/python tests/real/templates.py $(TREE)

bench: .venv/ready  ## measure speed and memory
	$(BIN)/python benchmarks/bench.py

clean:
	rm -rf .venv .cache build dist $(CLIENT)/node_modules $(CLIENT)/dist $(CLIENT)/out $(CLIENT)/server

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package.json $(CLIENT)/package-lock.json
	@command -v npm >/dev/null || { echo "make client needs npm, with Node.js 20.9 or later."; exit 1; }
	cd $(CLIENT) && npm ci --silent
	touch $@
