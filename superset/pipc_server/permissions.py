"""What a person may do, read once a request: Superset asks the database again for every permission, a dozen times for one chart."""

from __future__ import annotations

from typing import Any

from flask import Flask, g


def remember_permissions(app: Flask) -> None:
    """Answer the questions of one request from one query; the next request asks anew, so what is taken away is gone at once."""
    manager = app.appbuilder.sm  # type: ignore[attr-defined]
    ask_views = manager.user_view_menu_names

    # Only a request that is dispatched has a memory: a program that changes roles must see what it changed.
    @app.before_request
    def begin() -> None:
        g.pipc_granted = {}

    def exist_permission_on_roles(view_name: str, permission_name: str, role_ids: list[int]) -> bool:
        known = g.get("pipc_granted")
        if known is None:
            return bool(type(manager).exist_permission_on_roles(manager, view_name, permission_name, role_ids))
        key = frozenset(role_ids)
        if key not in known:
            known[key] = _granted(manager, role_ids)
        return (permission_name, view_name) in known[key]

    def user_view_menu_names(permission_name: str) -> set[str]:
        known = g.get("pipc_granted")
        if known is None:
            return set(ask_views(permission_name))
        # Who asks may change within a request: somebody logs in.
        key = (getattr(g.user, "id", None), permission_name)
        if key not in known:
            known[key] = ask_views(permission_name)
        return set(known[key])

    manager.exist_permission_on_roles = exist_permission_on_roles
    manager.user_view_menu_names = user_view_menu_names


def _granted(manager: Any, role_ids: list[int]) -> set[tuple[str, str]]:
    """(permission, view) of every permission that one of the roles has."""
    rows = (
        manager.session.query(manager.permission_model.name, manager.viewmenu_model.name)
        .select_from(manager.permissionview_model)
        .join(manager.permission_model)
        .join(manager.viewmenu_model)
        .join(manager.permissionview_model.role)
        .filter(manager.role_model.id.in_(role_ids))
        .distinct()
    )
    return {(permission, view) for permission, view in rows}
