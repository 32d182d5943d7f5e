"""What names in the source of a package stand for: paths of objects, in the package or in others."""

import builtins
from typing import Final

import griffe

from corpora.python.loading import UNRESOLVED
from corpora.python.names import Objects

_MAX_STEPS: Final = 12  # from import to import


class Paths:
    """Finds the paths that names and expressions stand for."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def of_member(self, member: griffe.Object | griffe.Alias) -> str:
        """Return the path of what a member stands for, which may be in another library."""
        if isinstance(member, griffe.Alias):
            alias = member
            try:
                member = alias.final_target
            except (*UNRESOLVED, RecursionError):
                return self._end_of(alias)
        target = self.objects.target(member)
        if isinstance(target, griffe.Function | griffe.Class | griffe.Module):
            return target.path
        return member.path

    def _end_of(self, alias: griffe.Alias) -> str:
        """Return where an import leads that does not end at an object of the package."""
        path = alias.target_path
        try:
            return str(alias.final_target.path)
        except griffe.AliasResolutionError as error:
            path = error.alias.target_path
        except (griffe.CyclicAliasError, RecursionError):
            return path
        return self.final(path)

    def final(self, path: str) -> str:
        """Return a path without the modules of the package that only import what it names."""
        for _ in range(_MAX_STEPS):
            holder, _, name = path.rpartition(".")
            if not self.objects.is_own(path) or not holder:
                return path
            found = self.objects.find(path)
            if isinstance(found, griffe.Class | griffe.Function | griffe.Module):
                return found.path
            place = self.objects.find(holder)
            if place is None:
                above = self.final(holder)
                if above == holder:
                    return path
                path = f"{above}.{name}"
                continue
            member = place.members.get(name)
            if not isinstance(member, griffe.Alias) or member.target_path == path:
                return path
            path = member.target_path
        return path

    def of_expression(self, value: str | griffe.Expr | None) -> str:
        """Return the path that an expression names, `X` of `X[T]`; empty for one that names nothing."""
        if isinstance(value, griffe.ExprSubscript):
            value = value.left
        if isinstance(value, str):
            path = value
        elif isinstance(value, griffe.ExprName | griffe.ExprAttribute):
            try:
                path = value.canonical_path
            except (*UNRESOLVED, griffe.NameResolutionError, KeyError, ValueError, RecursionError):
                return ""
        else:
            return ""
        if "." not in path:
            return f"builtins.{path}" if hasattr(builtins, path) else path
        return self.final(path)

    def object_at(self, path: str) -> griffe.Object | None:
        """Return the object of the package at a path; None for any other."""
        return self.objects.find(path) if self.objects.is_own(path) else None

    def named_in(self, module: griffe.Module | griffe.Class, dotted: str) -> str:
        """Return the path that a dotted name stands for in a module or class; empty if that is not told."""
        first, dot, rest = dotted.partition(".")
        try:
            path = module.resolve(first)
        except (*UNRESOLVED, griffe.NameResolutionError, KeyError, ValueError, RecursionError):
            return f"builtins.{first}" if not dot and hasattr(builtins, first) else ""
        return self.final(f"{path}{dot}{rest}")
