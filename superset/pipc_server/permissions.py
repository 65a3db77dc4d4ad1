"""What a person may do, read once a request: Superset asks the database again for every permission, a dozen times for one chart."""

from __future__ import annotations

from typing import Any

from flask import Flask, g


def remember_permissions(app: Flask) -> None:
    """Answer the questions of one request from one query; the next request asks anew, so what is taken away is gone at once."""
    manager = app.appbuilder.sm  # type: ignore[attr-defined]
    ask_views = manager.user_view_menu_names

    def granted(role_ids: frozenset[int]) -> set[tuple[str, str]]:
        if role_ids not in g.pipc_granted:
            g.pipc_granted[role_ids] = _granted(manager, role_ids)
        return g.pipc_granted[role_ids]

    # Only a request that is dispatched has a memory: a program that changes roles must see what it changed.
    @app.before_request
    def begin() -> None:
        g.pipc_granted = {}

    def exist_permission_on_roles(view_name: str, permission_name: str, role_ids: list[int]) -> bool:
        if "pipc_granted" not in g:
            return bool(type(manager).exist_permission_on_roles(manager, view_name, permission_name, role_ids))
        return (permission_name, view_name) in granted(frozenset(role_ids))

    def user_view_menu_names(permission_name: str) -> set[str]:
        if "pipc_granted" not in g:
            return set(ask_views(permission_name))
        # Who asks may change within a request: somebody logs in.
        roles = frozenset(role.id for role in manager.get_user_roles() if role)
        return {view for permission, view in granted(roles) if permission == permission_name}

    manager.exist_permission_on_roles = exist_permission_on_roles
    manager.user_view_menu_names = user_view_menu_names


def _granted(manager: Any, role_ids: frozenset[int]) -> set[tuple[str, str]]:
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
