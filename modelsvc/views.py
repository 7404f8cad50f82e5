"""HTTP of runs and model versions: who may, what came in, which service, what goes out."""

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.core.release import key_of
from annotate.models import Image, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers.images import RefusalOutput
from annotate.views.images import AnyAccept, send_bytes
from modelsvc import tasks
from modelsvc.models import Evaluation, ModelVersion, TrainingRun, Trial
from modelsvc.serializers import (
    EvaluationInput,
    EvaluationOutput,
    LiveOutput,
    MetricOutput,
    ModelVersionOutput,
    ProgressOutput,
    RunInput,
    RunOutput,
    StageInput,
    TrialDecisionsInput,
)
from modelsvc.services import clicks, culling, evaluations, live, promotion, runs, trials, usefulness
from modelsvc.services.waiting import why_it_waits

MEASURING = Evaluation.objects.select_related("version__project").defer("photos")


class Runs(generics.GenericAPIView):
    """The trainings of a project."""

    token_scope = Scope.TRAIN
    serializer_class = RunOutput
    queryset = TrainingRun.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=RunOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The project's runs, newest first."""
        owner = get_project(request.user, project, "run.view")
        page = self.paginate_queryset(TrainingRun.objects.filter(project=owner))
        return self.get_paginated_response(RunOutput(page, many=True).data)

    @extend_schema(request=RunInput, responses={201: RunOutput})
    def post(self, request: Request, project: int) -> Response:
        """Queue a training on one of the project's ready releases."""
        owner = get_project(request.user, project, "run.start")
        body = RunInput(data=request.data, project=owner)
        body.is_valid(raise_exception=True)
        run = runs.start_run(
            body.validated_data["release"],
            preset=body.validated_data["preset"],
            parameters=body.validated_data.get("parameters", {}),
            base_version=body.validated_data.get("base_version"),
            by=request.user,
        )
        tasks.train.delay_on_commit()
        return Response(RunOutput(run).data, status=201)


class Run(APIView):
    """One training."""

    @extend_schema(responses=RunOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, run: int) -> Response:
        """How the run stands; 304 when nothing changed since the ETag the client has."""
        return Response(RunOutput(get_for(request.user, TrainingRun.objects.all(), run, "run.view")).data)


class RunMetrics(APIView):
    """The numbers of a training."""

    @extend_schema(responses=MetricOutput(many=True))
    @method_decorator(conditional_page)
    def get(self, request: Request, run: int) -> Response:
        """Every metric of every epoch, in the order of epochs."""
        row = get_for(request.user, TrainingRun.objects.all(), run, "run.view")
        return Response(MetricOutput(row.metrics.all(), many=True).data)


class CancelRun(APIView):
    """The stop button of a training."""

    token_scope = Scope.TRAIN

    @extend_schema(request=None, responses={202: RunOutput})
    def post(self, request: Request, run: int) -> Response:
        """Stop the run: at once if it waits, else within seconds; its checkpoints stay."""
        row = get_for(request.user, TrainingRun.objects.all(), run, "run.start")
        runs.cancel_run(row, by=request.user)
        row.refresh_from_db()
        return Response(RunOutput(row).data, status=202)


class StopRun(APIView):
    """The end of a training after its epoch."""

    token_scope = Scope.TRAIN

    @extend_schema(request=None, responses={202: RunOutput})
    def post(self, request: Request, run: int) -> Response:
        """End the run well after the epoch it is in: its best checkpoint becomes a version."""
        row = get_for(request.user, TrainingRun.objects.all(), run, "run.start")
        runs.stop_run(row, by=request.user)
        row.refresh_from_db()
        return Response(RunOutput(row).data, status=202)


class ResumeRun(APIView):
    """A failed or cancelled training that goes on."""

    token_scope = Scope.TRAIN
    from_start = False

    @extend_schema(request=None, responses={202: RunOutput})
    def post(self, request: Request, run: int) -> Response:
        """Queue the run again: from its last checkpoint, or, as a retry, from the start. Twice is the same as once."""
        row = get_for(request.user, TrainingRun.objects.all(), run, "run.start")
        runs.resume_run(row, by=request.user, from_start=self.from_start)
        tasks.train.delay_on_commit()
        row.refresh_from_db()
        return Response(RunOutput(row).data, status=202)


class LiveRun(APIView):
    """The live page's source."""

    @extend_schema(responses=LiveOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, run: int) -> Response:
        """Everything the live page shows; 304 when nothing changed since the ETag the client has."""
        rows = TrainingRun.objects.select_related("version").prefetch_related("attempts")
        return Response(LiveOutput(live.look_at(get_for(request.user, rows, run, "run.view"))).data)


class RunSample(APIView):
    """The picture that a training left of one epoch."""

    @extend_schema(responses={(200, "image/jpeg"): bytes})
    def get(self, request: Request, run: int, epoch: int) -> FileResponse:
        """Photo, attention, blur map and verdict of a few photos that stay the same over all epochs."""
        return live.sample_of(get_for(request.user, TrainingRun.objects.all(), run, "run.view"), epoch)


class ModelVersions(generics.GenericAPIView):
    """The models of a project."""

    serializer_class = ModelVersionOutput
    queryset = ModelVersion.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=ModelVersionOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The project's model versions, newest first."""
        owner = get_project(request.user, project, "run.view")
        page = self.paginate_queryset(ModelVersion.objects.filter(project=owner))
        return self.get_paginated_response(ModelVersionOutput(page, many=True).data)


class PromoteModelVersion(APIView):
    """The promotion of a model version."""

    token_scope = Scope.TRAIN

    @extend_schema(request=None, responses=ModelVersionOutput)
    def post(self, request: Request, version: int) -> Response:
        """Make it the version that pre-annotates; an archived one rolls back."""
        row = get_for(request.user, ModelVersion.objects.all(), version, "model.promote")
        promoted = promotion.promote_version(row, by=request.user)
        tasks.sweep.delay_on_commit()
        return Response(ModelVersionOutput(promoted).data)


class Preannotation(APIView):
    """How far a version's pre-annotation is."""

    @extend_schema(responses=ProgressOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, version: int) -> Response:
        """State, share done, photos a second; 304 when nothing changed since the ETag the client has."""
        row = get_for(request.user, ModelVersion.objects.all(), version, "run.view")
        return Response(ProgressOutput(usefulness.describe_progress(row)).data)


class StageOfModelVersion(APIView):
    """Where a model version stands."""

    token_scope = Scope.TRAIN

    @extend_schema(request=StageInput, responses=ModelVersionOutput)
    def post(self, request: Request, version: int) -> Response:
        """Let it predict unseen (shadow), put it away (archived), or make it a candidate again."""
        row = get_for(request.user, ModelVersion.objects.all(), version, "model.promote")
        body = StageInput(data=request.data)
        body.is_valid(raise_exception=True)
        staged = promotion.set_stage(row, body.validated_data["stage"], by=request.user)
        tasks.sweep.delay_on_commit()
        return Response(ModelVersionOutput(staged).data)


class Evaluations(generics.GenericAPIView):
    """What a model version was measured on."""

    token_scope = Scope.TRAIN
    serializer_class = EvaluationOutput
    queryset = Evaluation.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=EvaluationOutput(many=True))
    def get(self, request: Request, version: int) -> Response:
        """The version's evaluations, newest first."""
        row = get_for(request.user, ModelVersion.objects.all(), version, "run.view")
        page = self.paginate_queryset(row.evaluations.defer("photos"))
        return self.get_paginated_response(EvaluationOutput(page, many=True).data)

    @extend_schema(request=EvaluationInput, responses={202: EvaluationOutput})
    def post(self, request: Request, version: int) -> Response:
        """Measure it on the test photos of a release; once is enough, and what failed is tried again."""
        row = get_for(request.user, ModelVersion.objects.all(), version, "run.start")
        body = EvaluationInput(data=request.data, project=row.project_id)
        body.is_valid(raise_exception=True)
        asked = evaluations.queue_evaluation(row, body.validated_data["release"], by=request.user)
        tasks.evaluate.delay_on_commit()
        return Response(EvaluationOutput(asked).data, status=202)


class EvaluationDetail(APIView):
    """One measuring."""

    @extend_schema(responses=EvaluationOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, evaluation: int) -> Response:
        """How far it is; 304 when nothing changed since the ETag the client has."""
        return Response(EvaluationOutput(get_for(request.user, MEASURING, evaluation, "run.view")).data)


class CancelEvaluation(APIView):
    """The stop button of a measuring."""

    token_scope = Scope.TRAIN

    @extend_schema(request=None, responses={202: EvaluationOutput})
    def post(self, request: Request, evaluation: int) -> Response:
        """Stop it: at once if it waits, else within seconds. Asked for again it begins anew."""
        row = get_for(request.user, MEASURING, evaluation, "run.start")
        evaluations.cancel_evaluation(row, by=request.user)
        row.refresh_from_db()
        return Response(EvaluationOutput(row).data, status=202)


class EvaluationPicture(APIView):
    """The blur map that a version drew of a test photo."""

    @extend_schema(responses={(200, "image/jpeg"): bytes})
    def get(self, request: Request, evaluation: int, image: int) -> FileResponse:
        """The blur amount, brighter is more blur."""
        row = get_for(request.user, Evaluation.objects.defer("photos"), evaluation, "run.view")
        photo = get_object_or_404(Image.objects.only("sha256"), pk=image, project=row.release.project_id)
        return live.picture(f"{evaluations.pictures_name(row)}/{key_of(photo.sha256)}.jpg")


class TrialProgress(APIView):
    """How far somebody's trial of a version is."""

    @extend_schema(responses=ProgressOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, trial: int) -> Response:
        """State and share done, for whoever started it; 304 when nothing changed since the ETag the client has."""
        return Response(ProgressOutput(trials.describe_progress(own_trial(request, trial))).data)


class TrialDecisions(APIView):
    """What somebody keeps of a shoot that they tried a version on."""

    token_scope = Scope.TRAIN

    @extend_schema(request=TrialDecisionsInput, responses={204: None})
    def put(self, request: Request, trial: int) -> Response:
        """Keep or reject photos, all of them or none; `""` takes it back."""
        row = own_trial(request, trial)
        given = TrialDecisionsInput(data=request.data)
        given.is_valid(raise_exception=True)
        culling.decide(row, {each["number"]: each["decision"] for each in given.validated_data["photos"]})
        return Response(status=204)


def own_trial(request: Request, trial: int) -> Trial:
    """The person's own trial, or 404."""
    row = get_object_or_404(Trial.objects.filter(by=request.user).select_related("version"), pk=trial)
    get_project(request.user, row.version.project_id, "model.try")
    return row


class Clicks(APIView):
    """What things in a photo can be outlined by."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            202: OpenApiResponse(RefusalOutput, "clicks_pending: ask again in a second"),
            422: OpenApiResponse(RefusalOutput, "clicks_failed"),
        }
    )
    def get(self, request: Request, image: int) -> HttpResponseBase:
        """What a worker found in the photo, a safetensors file for the decoder; the first to ask has it look."""
        photo = get_for(request.user, Image.objects.select_related("project"), image, "image.view")
        row, is_new = clicks.ask_for_grids(photo)
        if row.grids:
            return HttpResponse(bytes(row.grids), content_type="application/octet-stream")
        if is_new:
            tasks.look_for_clicks.delay_on_commit()
        detail = why_it_waits(row, photo.project) or _("A worker looks at the photo. Ask again in a second.")
        problem = {"code": "clicks_pending", "detail": detail}
        return Response(problem, status=202, headers={"Retry-After": "1"})


class ClickDecoder(APIView):
    """What makes outlines of clicks and of what was found in a photo."""

    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request) -> HttpResponseBase:
        """The decoder's weights, a safetensors file; 304 where the client has them."""
        sent = send_bytes(
            request, clicks.DECODER.open, content_type="application/octet-stream", etag=clicks.shipped_head()
        )
        sent.headers["Cache-Control"] = "private, no-cache"
        return sent
