"""Gives each group exactly its rights of the matrix, and puts the workflow over every page."""

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from home.models import HomePage
from home.role_matrix import (  # noqa: F401 - whoever needs a role finds the matrix here too
    CONTRIBUTORS,
    EDITORIAL,
    EDITORS,
    GROUPS,
    MATRIX,
    MODERATORS,
    NEWSLETTER_MANAGERS,
    NEWSLETTER_SENDERS,
    PARTNER_MANAGERS,
    PUBLISHED_BY_EDITORS,
    TRAINING_TEAM,
    OnFiles,
    OnPages,
    OnTables,
    as_table,
)

WORKFLOW = "Moderators approval"


@transaction.atomic
def sync() -> list[str]:
    """Give each group exactly its rights of the matrix, and take away all others; return what was changed.

    Rights on a section whose page doesn't exist yet are given by the next run. Groups of other names
    are left alone. Raises LookupError when a right is unknown, which means that migrations are missing.
    """
    changes = []
    for name in GROUPS:
        group, created = Group.objects.get_or_create(name=name)
        if created:
            changes.append(f"{name}: group made")
        changes += _sync_tables(group) + _sync_pages(group) + _sync_files(group)
    return changes + _sync_workflow()


def _rights(group: Group, kind: type) -> list:
    return [right for row in MATRIX if group.name in row.groups for right in row.rights if isinstance(right, kind)]


def _permission(name: str) -> Permission:
    app, codename = name.split(".")
    try:
        return Permission.objects.get(content_type__app_label=app, codename=codename)
    except Permission.DoesNotExist as error:
        raise LookupError(f"There is no permission {name} yet: run “manage.py migrate” first.") from error


def _sync_tables(group: Group) -> list[str]:
    wanted = {_permission(name) for right in _rights(group, OnTables) for name in right.rights}
    present = set(group.permissions.all())
    group.permissions.set(wanted)
    return _differences(group, present, wanted, lambda p: f"{p.content_type.app_label}.{p.codename}")


def _sync_pages(group: Group) -> list[str]:
    wanted = set()
    for right in _rights(group, OnPages):
        keys = [key for label in right.types for key in apps.get_model(label).objects.values_list("pk", flat=True)]
        wanted |= {(key, _permission(f"wagtailcore.{name}").pk) for key in keys for name in right.rights}
    rows = GroupPagePermission.objects.filter(group=group)
    present = set(rows.values_list("page_id", "permission_id"))
    for page, permission in present - wanted:
        rows.filter(page_id=page, permission_id=permission).delete()
    GroupPagePermission.objects.bulk_create(
        [GroupPagePermission(group=group, page_id=key, permission_id=right) for key, right in wanted - present]
    )
    titles = dict(Page.objects.filter(pk__in={key for key, _p in present | wanted}).values_list("pk", "title"))
    names = dict(Permission.objects.filter(pk__in={p for _key, p in present | wanted}).values_list("pk", "codename"))
    return _differences(group, present, wanted, lambda pair: f"{names[pair[1]]} on “{titles[pair[0]]}”")


def _sync_files(group: Group) -> list[str]:
    root = Collection.get_first_root_node()
    wanted = {(root.pk, _permission(name).pk) for right in _rights(group, OnFiles) for name in right.rights}
    rows = GroupCollectionPermission.objects.filter(group=group)
    present = set(rows.values_list("collection_id", "permission_id"))
    for collection, permission in present - wanted:
        rows.filter(collection_id=collection, permission_id=permission).delete()
    GroupCollectionPermission.objects.bulk_create(
        [GroupCollectionPermission(group=group, collection_id=c, permission_id=p) for c, p in wanted - present]
    )
    names = dict(Permission.objects.filter(pk__in={p for _c, p in present | wanted}).values_list("pk", "codename"))
    return _differences(group, present, wanted, lambda pair: f"{names[pair[1]]} in a collection")


def _differences(group: Group, present: set, wanted: set, name) -> list[str]:
    given = [f"{group.name}: given {text}" for text in sorted(map(name, wanted - present))]
    return given + [f"{group.name}: taken away {text}" for text in sorted(map(name, present - wanted))]


def _sync_workflow() -> list[str]:
    """What is submitted goes to the Moderators, on every page whose part of the tree has no workflow of its own."""
    moderators = Group.objects.get(name=MODERATORS)
    task = GroupApprovalTask.objects.filter(name=WORKFLOW).first() or GroupApprovalTask.objects.create(name=WORKFLOW)
    workflow = Workflow.objects.filter(name=WORKFLOW).first() or Workflow.objects.create(name=WORKFLOW)
    changes = []
    for item in (task, workflow):
        if not item.active:
            item.active = True
            item.save()
            changes.append(f"{item}: made active again")
    if set(task.groups.all()) != {moderators}:
        task.groups.set([moderators])
        changes.append(f"{WORKFLOW}: given to the Moderators")
    if not WorkflowTask.objects.filter(workflow=workflow, task=task).exists():
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        changes.append(f"{WORKFLOW}: given its task")
    root = Page.get_first_root_node()
    if not WorkflowPage.objects.filter(page=root, workflow=workflow).exists():
        WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})
        changes.append(f"{WORKFLOW}: put over the whole site")
    return changes


def is_section_of_editors(page) -> bool:
    """Whether the page is one that the matrix names, so that a new one needs a ``sync``."""
    return page._meta.label in PUBLISHED_BY_EDITORS or isinstance(page, HomePage)
