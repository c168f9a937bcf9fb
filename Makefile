# Muster 点将. `make` alone lists what there is.
# Needs only Debian's git, make and python3 (3.11 or later) with venv: everything else comes from the locks.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Wheels only (no compiler needed) and nothing that is not in the lock; -qq keeps all but errors quiet.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
INSTALL := $(PIP) install --require-hashes --only-binary :all: -r

RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PROJECT := $(VENV)/.project

ARGS ?=
m ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup run up test proof bench chaos chaos-long survival-long check lint types contracts fix audit migration migrate lock clean

help: ## 列出全部命令 · this list
	@echo "Muster 点将"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- running ---------------------------------------------------------------------------------------

run: $(RUNTIME) $(PROJECT) ## 一条命令看演示：沙箱、样例公司、网页手机 · the demo, phones in the browser
	@exec $(BIN)/muster demo $(ARGS)

up: $(RUNTIME) $(PROJECT) ## 单机启动全部进程 · everything on one machine
	@exec $(BIN)/muster up $(ARGS)

migrate: $(RUNTIME) $(PROJECT) ## 升级数据库 · bring the database to head
	@$(BIN)/muster migrate $(ARGS)

# --- checking --------------------------------------------------------------------------------------

test: $(DEV) $(PROJECT) ## 运行测试(ARGS= 传给 pytest)· run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not proof" $(ARGS)

proof: $(DEV) $(PROJECT) ## 更久的证明：杀进程、浏览器、全部权限、PostgreSQL 上的其余 · longer proofs
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m proof $(ARGS)

bench: $(DEV) $(PROJECT) ## 性能：和同行的做法在同一次运行里比 · measure, both sides in one run
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: $(DEV) $(PROJECT) ## 边聊边杀进程：1,000 次对话，两种数据库各一遍 · 1,000 conversations under kill -9
	@MUSTER_CHAOS=1000 $(BIN)/python -m pytest tests/chaos -s $(ARGS)

chaos-long: $(DEV) $(PROJECT) ## 同上，20,000 次 · the same with 20,000
	@MUSTER_CHAOS=20000 $(BIN)/python -m pytest tests/chaos -s $(ARGS)

survival-long: $(DEV) $(PROJECT) ## 断网、停库、满盘、拨钟，按真实的时长 · every outage as long as in life, about 20 minutes
	@MUSTER_SURVIVAL=1 $(BIN)/python -m pytest tests/survival --timeout 1200 $(ARGS)

check: lint types contracts ## 全部静态检查 · lint + types + contracts

lint: $(DEV) ## 代码风格 · ruff
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(DEV) $(PROJECT) ## 类型检查 · mypy
	@$(BIN)/mypy

contracts: $(DEV) $(PROJECT) ## 模块依赖约定 · import-linter
	@$(BIN)/lint-imports --no-logo

fix: $(DEV) ## 自动修正格式 · ruff --fix and format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

audit: $(DEV) ## 依赖的已知漏洞 · pip-audit on the runtime lock
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

# --- maintaining -----------------------------------------------------------------------------------

migration: $(DEV) $(PROJECT) ## 新建数据库迁移，m="说明" · a new migration
	@test -n "$$m" || { echo '请写明这次迁移做什么，例如:make migration m="Add quiz table"' >&2; exit 2; }
	@$(BIN)/python -m bot.migrations "$$m"

lock: $(DEV) ## 重算锁文件(ARGS=--upgrade 升级)· recompute both locks
	@echo "正在重算 requirements.lock 与 requirements-dev.lock…"
	@$(COMPILE) --group build -o requirements.lock pyproject.toml
	@$(COMPILE) --group build --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml

COMPILE = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(ARGS)

setup: $(DEV) $(PROJECT) ## 只准备 .venv(含开发依赖)· only prepare .venv

clean: ## 删除 .venv 与缓存(不动 var/ 里的数据)· remove .venv and caches, never var/
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -path ./var -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

export m
# The tests start many processes of ours, and each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

# --- .venv, by stamp files -------------------------------------------------------------------------

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "没有找到 python3。请先安装 Python 3.11 或更高版本(Debian:apt-get install python3 python3-venv)。" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "需要 Python 3.11 或更高版本，现在是 $$("$(PYTHON)" --version 2>&1)。可以指定:make PYTHON=/路径/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "这个 Python 缺少 venv 模块。请先安装(Debian:apt-get install python3-venv)。" >&2; exit 1; }
	@echo "正在创建虚拟环境 $(VENV)…"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(RUNTIME): requirements.lock | $(VENV)/.created
	@echo "正在安装运行依赖(requirements.lock),第一次约需一分钟…"
	@$(INSTALL) requirements.lock
	@touch $@

# The development lock holds the runtime lock, version for version.
$(DEV): requirements-dev.lock requirements.lock | $(VENV)/.created
	@echo "正在安装运行与开发依赖(requirements-dev.lock),第一次约需两分钟…"
	@$(INSTALL) requirements-dev.lock
	@touch $(RUNTIME) $@

# Editable, and nothing fetched: setuptools and wheel are in the locks.
$(PROJECT): pyproject.toml | $(RUNTIME)
	@echo "正在安装点将自身(可编辑方式)…"
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@
