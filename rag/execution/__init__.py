"""Run generated code in a sandbox and return a verdict on it."""

from rag.execution.pass_at_k import pass_at_k
from rag.execution.program import Limits, Program, Verdict
from rag.execution.sandbox import Sandbox, open_sandbox

__all__ = ["Limits", "Program", "Sandbox", "Verdict", "open_sandbox", "pass_at_k"]
