"""HTTP of projects."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import tasks
from annotate.models import Project, Role, Scope
from annotate.permissions import get_project, with_role
from annotate.serializers.projects import (
    ArchiveInput,
    CopyInput,
    ProjectChanges,
    ProjectInput,
    ProjectListInput,
    ProjectOutput,
)
from annotate.services.teams import archive, copies, projects


class ProjectList(generics.GenericAPIView):
    """The projects of the person who asks."""

    token_scope = Scope.CURATE
    serializer_class = ProjectOutput
    queryset = Project.objects.none()

    @extend_schema(parameters=[ProjectListInput], responses=ProjectOutput(many=True))
    def get(self, request: Request) -> Response:
        """The projects that you are a member of, with your role in each; archived ones are a list of their own."""
        asked = {name: value for name, value in request.query_params.items() if name not in ("cursor", "page_size")}
        wanted = ProjectListInput(data=asked)
        wanted.is_valid(raise_exception=True)
        rows = Project.objects.filter(archived_at__isnull=not wanted.validated_data["archived"])
        mine = with_role(rows.visible_to(request.user), request.user)
        page = self.paginate_queryset(mine)
        return self.get_paginated_response(ProjectOutput(page, many=True).data)

    @extend_schema(request=ProjectInput, responses={201: ProjectOutput})
    def post(self, request: Request) -> Response:
        """Make a project; you become its owner."""
        body = ProjectInput(data=request.data)
        body.is_valid(raise_exception=True)
        project = projects.create_project(by=request.user, **body.validated_data)
        project.my_role = Role.OWNER
        return Response(ProjectOutput(project).data, status=201)


class ProjectDetail(APIView):
    """One project."""

    token_scope = Scope.CURATE

    @extend_schema(responses=ProjectOutput)
    def get(self, request: Request, project: int) -> Response:
        """The project, its guidelines and levels, and your role in it."""
        return Response(ProjectOutput(get_project(request.user, project, "project.view")).data)

    @extend_schema(request=ProjectChanges, responses=ProjectOutput)
    def patch(self, request: Request, project: int) -> Response:
        """Change what you send and nothing else; curators may change the levels, owners all of it.

        Once people have labelled, there stay as many levels (409 `levels_in_use`). Their names and samples may still
        change; new bounds or amounts need `labels_known`, and the audit log keeps both scales.
        """
        row = get_project(request.user, project, "levels.change")
        body = ProjectChanges(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        if not body.validated_data.keys() <= {"levels", "labels_known"}:
            row = get_project(request.user, project, "project.change")
        changed = projects.change_project(row, by=request.user, **body.validated_data)
        changed.my_role = row.my_role
        return Response(ProjectOutput(changed).data)


class ArchiveProject(APIView):
    """The putting away of a project."""

    token_scope = Scope.CURATE

    @extend_schema(request=ArchiveInput, responses=ProjectOutput)
    def put(self, request: Request, project: int) -> Response:
        """Put the project away: it can be looked at, and nothing in it changes; or take it out again."""
        row = get_project(request.user, project, "project.archive")
        body = ArchiveInput(data=request.data)
        body.is_valid(raise_exception=True)
        archived = archive.archive_project(row, by=request.user, **body.validated_data)
        archived.my_role = row.my_role
        return Response(ProjectOutput(archived).data)


class CopyProject(APIView):
    """New projects that begin as another."""

    token_scope = Scope.CURATE

    @extend_schema(request=CopyInput, responses={201: ProjectOutput})
    def post(self, request: Request, project: int) -> Response:
        """Make a project with this one's rules, levels and settings, and with its members and photos if you like."""
        row = get_project(request.user, project, "project.copy")
        body = CopyInput(data=request.data)
        body.is_valid(raise_exception=True)
        copy = copies.copy_project(row, by=request.user, **body.validated_data)
        tasks.render_derivatives.delay_on_commit()
        copy.my_role = Role.OWNER
        return Response(ProjectOutput(copy).data, status=201)
