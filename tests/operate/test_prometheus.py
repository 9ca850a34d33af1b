"""Alerts and dashboard before the real Prometheus, which not every machine has: `make watch-check`."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yaml

from lplate_bot.loadtest.plan import LoadPlan
from lplate_bot.loadtest.run import _dialect, load_command
from lplate_bot.loadtest.subject import lplate_command
from operate.promql import selectors
from operate.test_contract import alert_expressions, panel_expressions
from playing import PATIENCE_S, add_compiled_banks, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.prometheus

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"
WINDOW = "10s"
LOADED_S = 30.0


def tool(name: str) -> str:
    """Return the path of one of Prometheus' programs."""
    path = shutil.which(name)
    assert path is not None, f"{name} is missing; Debian: apt install prometheus"
    return path


def promtool(*arguments: str, folder: Path = RULES) -> subprocess.CompletedProcess[str]:
    """Run promtool in *folder* and return how it ended."""
    return subprocess.run(
        [tool("promtool"), *arguments], cwd=folder, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("check", ["check rules lplate.rules.yml", "check config prometheus.yml"])
def test_prometheus_reads_the_files(check: str) -> None:
    """Rules and example configuration are valid."""
    done = promtool(*check.split())
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_case_holds() -> None:
    """Each alert fires when it should, and stays quiet when not."""
    done = promtool("test", "rules", "lplate.rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [name for name, _ in alert_expressions()])
@pytest.mark.parametrize("change", ["never", "always"])
def test_a_broken_alert_is_noticed(tmp_path: Path, name: str, change: str) -> None:
    """An alert that never fires, or always does, fails its cases: they are worth something."""
    rules = yaml.safe_load((RULES / "lplate.rules.yml").read_text("utf-8"))
    broken = next(rule for group in rules["groups"] for rule in group["rules"] if rule["alert"] == name)
    broken["expr"] = "vector(1) > 1" if change == "never" else 'group by (job, instance) (up{job="lplate"})'
    (tmp_path / "lplate.rules.yml").write_text(yaml.safe_dump(rules), "utf-8")
    shutil.copy(RULES / "lplate.rules.test.yml", tmp_path)
    assert promtool("test", "rules", "lplate.rules.test.yml", folder=tmp_path).returncode != 0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Hold a running Prometheus."""

    session: aiohttp.ClientSession
    url: str

    async def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of its HTTP interface."""
        async with self.session.get(f"{self.url}/api/v1/{path}", params=parameters) as answer:
            told = await answer.json()
        assert told["status"] == "success", told
        return told["data"]

    async def values(self, query: str, since_s: float, until_s: float) -> list[float]:
        """Return all numbers that a query gives over a stretch of time."""
        stretch = {"start": f"{since_s}", "end": f"{until_s}", "step": "1"}
        found = (await self.ask("query_range", query=query, **stretch))["result"]
        numbers = [float(value) for series in found for _, value in series["values"]]
        return [number for number in numbers if not isnan(number)]

    async def has_data(self, query: str, since_s: float, until_s: float) -> bool:
        """Return True if a query gives numbers, or asks for the times of what never happened in between."""
        if await self.values(query, since_s, until_s):
            return True
        histograms = {it.metric for it in selectors(query) if it.metric.endswith("_bucket")}
        window = f"{until_s - since_s:.0f}s"
        happened = [
            await self.values(
                f"increase({name.removesuffix('_bucket')}_count[{window}]) > 0", until_s, until_s
            )
            for name in histograms
        ]
        return bool(histograms) and not any(happened)


@asynccontextmanager
async def prometheus(folder: Path, bot: str) -> AsyncIterator[Prometheus]:
    """Run a Prometheus that scrapes *bot* every second by the example configuration."""
    config = yaml.safe_load((RULES / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(RULES / name) for name in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [bot]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        tool("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
        f"--web.listen-address={address}", "--log.level=warn", cwd=folder,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as session:
            running = Prometheus(session, f"http://{address}")
            await until_ready(running)
            yield running
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def until_ready(running: Prometheus) -> None:
    """Return once a Prometheus answers."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(aiohttp.ClientError):
                async with running.session.get(f"{running.url}/-/ready") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


async def test_every_panel_has_data(tmp_path: Path) -> None:
    """Scraped under load, each query of each panel tells what happened, and no rule has a fault."""
    bot = f"127.0.0.1:{free_port()}"
    data = add_compiled_banks(tmp_path / "data")
    plan = LoadPlan(learners=200, seconds=LOADED_S, think_s=1.0)
    command = lplate_command(plan)
    command = replace(command, environment={**command.environment, "LPLATE_OPERATE_LISTEN": bot})
    async with prometheus(tmp_path, bot) as running:
        result = await load_command(plan, command, _dialect(plan, data, None), data)
        assert result.is_clean, result.examples
        now_s = float((await running.ask("query", query="time()"))["result"][1])
        rules = [rule for group in (await running.ask("rules"))["groups"] for rule in group["rules"]]
        assert [rule["lastError"] for rule in rules if rule["health"] != "ok"] == []
        empty = [
            f"{title}: {expression}"
            for title, expression in panel_expressions()
            if not await running.has_data(for_prometheus(expression), now_s - LOADED_S - 20, now_s)
        ]
    assert empty == []


def for_prometheus(expression: str) -> str:
    """Return a panel's query as Grafana would send it."""
    return re.sub(r"\$__rate_interval", WINDOW, expression).replace("$instance", ".*")
