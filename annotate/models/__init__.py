"""The rows: who labels what, what they said, and what was agreed and released. Read here, write in `services`."""

from annotate.models.atlases import Atlas, AtlasPlace, AtlasQuerySet
from annotate.models.audit import AuditEntry
from annotate.models.batches import Batch, BatchPart, BatchQuerySet
from annotate.models.counts import PhotoCount, PhotoCountQuerySet, ValueCount
from annotate.models.facts import PhotoFacts, PhotoFactsQuerySet, PhotoNews, SavedSet, SavedSetQuerySet
from annotate.models.gold import GoldAnswer
from annotate.models.label_imports import LabelImport, LabelImportQuerySet
from annotate.models.labels import (
    Annotation,
    AnnotationQuerySet,
    Assignment,
    Consensus,
    Desirability,
    MapMerge,
    Vote,
    VotingFit,
)
from annotate.models.passkeys import Passkey
from annotate.models.password_mails import PasswordMail, PasswordMailQuerySet
from annotate.models.people import (
    DEFAULT_LEVELS,
    Invitation,
    InvitationQuerySet,
    Membership,
    MembershipQuerySet,
    Project,
    ProjectQuerySet,
    Role,
    User,
    default_levels,
    new_salt,
)
from annotate.models.photos import UNRANKED, Derivative, Image, ImageQuerySet, Preannotation, QueuePlace, QueueRanking
from annotate.models.releases import Export, ExportQuerySet, Release, ReleaseItem, ReleaseQuerySet
from annotate.models.remarks import Remark, RemarkQuerySet
from annotate.models.rework import Rework, ReworkQuerySet
from annotate.models.sessions import Session
from annotate.models.skills import MapComparison, SkillCard
from annotate.models.tokens import ApiToken, ApiTokenQuerySet, Scope, all_scopes
from annotate.models.webhooks import PING, Delivery, DeliveryQuerySet, Webhook, WebhookEvent, WebhookQuerySet
from annotate.models.work import LeasedWork, LeasedWorkQuerySet

__all__ = [
    "DEFAULT_LEVELS",
    "PING",
    "UNRANKED",
    "Annotation",
    "AnnotationQuerySet",
    "ApiToken",
    "ApiTokenQuerySet",
    "Assignment",
    "Atlas",
    "AtlasPlace",
    "AtlasQuerySet",
    "AuditEntry",
    "Batch",
    "BatchPart",
    "BatchQuerySet",
    "Consensus",
    "Delivery",
    "DeliveryQuerySet",
    "Derivative",
    "Desirability",
    "Export",
    "ExportQuerySet",
    "GoldAnswer",
    "Image",
    "ImageQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "LabelImport",
    "LabelImportQuerySet",
    "LeasedWork",
    "LeasedWorkQuerySet",
    "MapComparison",
    "MapMerge",
    "Membership",
    "MembershipQuerySet",
    "Passkey",
    "PasswordMail",
    "PasswordMailQuerySet",
    "PhotoCount",
    "PhotoCountQuerySet",
    "PhotoFacts",
    "PhotoFactsQuerySet",
    "PhotoNews",
    "Preannotation",
    "Project",
    "ProjectQuerySet",
    "QueuePlace",
    "QueueRanking",
    "Release",
    "ReleaseItem",
    "ReleaseQuerySet",
    "Remark",
    "RemarkQuerySet",
    "Rework",
    "ReworkQuerySet",
    "Role",
    "SavedSet",
    "SavedSetQuerySet",
    "Scope",
    "Session",
    "SkillCard",
    "User",
    "ValueCount",
    "Vote",
    "VotingFit",
    "Webhook",
    "WebhookEvent",
    "WebhookQuerySet",
    "all_scopes",
    "default_levels",
    "new_salt",
]
