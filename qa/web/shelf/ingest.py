"""Let people add articles through the page, from files or the samples, watch them come in, and remove them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from qa.render import counted
from qa.web.shelf import receiving, uploads
from qa.web.shelf.jobs import Job, Jobs, TooBusy
from qa_index.errors import ArticleNotFound
from qa_index.reading.files import find

if TYPE_CHECKING:
    from qa.api import Library
    from qa.web.engine import Engine
    from qa_index.types import Article

_FORM = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        }
    },
    "required": True,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file that was sent: `reason` says why it was refused, `kept` under which name it is kept."""

    name: str
    outcome: Literal["accepted", "already", "refused"]
    reason: str | None = None
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of each file, in the order they came; `job` brings those accepted into the library, if any."""

    files: tuple[Sent, ...]
    job: Job | None


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed; `left` are files of it that lie elsewhere and were not touched."""

    id: str
    message: str
    left: tuple[str, ...]


def router(engine: Engine) -> APIRouter:
    """Return the routes that change the library; one thread writes for all of them."""
    library, jobs = engine.library, Jobs(engine.library)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(jobs.close)

    routes = APIRouter(tags=["articles"], lifespan=lifespan)
    _add_uploading(routes, engine, jobs)
    _add_samples(routes, library, jobs)
    _add_removing(routes, library, jobs)

    @routes.get("/api/jobs/{job_id}", summary="How far a job is")
    def job(job_id: str) -> Job:
        """Say what has become of the files that were accepted; jobs are forgotten when the server ends."""
        found = jobs.get(job_id)
        if found is None:
            raise HTTPException(404, "Asked how far a job is, but there is none of that name since the server started.")
        return found

    return routes


def _add_uploading(routes: APIRouter, engine: Engine, jobs: Jobs) -> None:
    library, max_bytes = engine.library, engine.settings.max_file_mb * 1_000_000

    @routes.post(
        "/api/articles",
        status_code=202,
        response_model=Taken,
        summary="Add articles from files",
        openapi_extra={"requestBody": _FORM},
        responses={422: {"description": "Every file was refused; `files` says why."}},
    )
    async def upload(request: Request) -> object:
        """Keep files beside the library and read them into it; `/api/jobs/{id}` says how far that is."""
        kind = request.headers.get("content-type", "")
        try:
            with _room(jobs), uploads.arriving(library.uploads) as folder:
                received = await receiving.receive(kind, request.stream(), folder, max_bytes=max_bytes)
                return await run_in_threadpool(_take, received, library, jobs)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it


def _add_samples(routes: APIRouter, library: Library, jobs: Jobs) -> None:
    @routes.post("/api/seeds", status_code=202, response_model=Taken, summary="Add the sample articles")
    def seeds() -> object:
        """Add the articles that come with Citewell, as if their files had been sent."""
        with _room(jobs), uploads.arriving(library.uploads) as folder:
            return _take(_samples(folder), library, jobs)


def _add_removing(routes: APIRouter, library: Library, jobs: Jobs) -> None:
    @routes.delete("/api/articles/{article_id}", summary="Remove an article")
    def remove(article_id: str) -> Removed:
        """Remove an article from the library. A file of it that was sent goes too; any other is not touched."""
        with jobs.between():
            article = library.article(article_id)
            if article.id != article_id:  # some letters of it are enough for looking, not for removing
                raise ArticleNotFound(
                    f"Asked to remove the article {article_id}, but no article has that id. "
                    "Give the whole id; `/api/articles` lists them."
                )
            with uploads.put_aside(uploads.within(article.sources, library.uploads)):
                library.remove(article.id)
        left = tuple(dict.fromkeys(str(path) for each in article.sources if (path := uploads.file_of(each))))
        return Removed(article.id, _said(article, left), left)


@contextmanager
def _room(jobs: Jobs) -> Iterator[None]:
    """Answer with the status that says so where there is no room: for another job, or on the disk."""
    try:
        jobs.check()
        yield
    except TooBusy as error:
        raise HTTPException(503, str(error)) from error
    except uploads.DiskFull as error:
        raise HTTPException(507, str(error)) from error


def _take(received: tuple[receiving.Received, ...], library: Library, jobs: Jobs) -> Response | Taken:
    """Keep what can be an article and is not there yet, and begin to read it into the library."""
    with jobs.placing:
        files, job = _placed(received, library, jobs)
    if all(each.outcome == "refused" for each in files):
        first = files[0]
        what = f"{first.name} was" if len(files) == 1 else f"All {len(files)} files were"
        error = f"{what} refused: {first.reason}." if len(files) == 1 else f"{what} refused; `files` says why."
        body = {"error": error, "kind": "UnreadableArticle", "files": [asdict(each) for each in files], "job": None}
        return JSONResponse(body, 422)
    return Taken(files, job)


def _placed(
    received: tuple[receiving.Received, ...], library: Library, jobs: Jobs
) -> tuple[tuple[Sent, ...], Job | None]:
    """Put the files among the uploads; return what became of each, and the job that reads them."""
    jobs.check()
    there = set(uploads.already(library.digests(library.uploads)))
    files: list[Sent] = []
    kept: list[Path] = []
    try:
        for one in received:
            if one.reason is not None:
                files.append(Sent(one.name, "refused", one.reason))
            elif one.digest in there:
                files.append(Sent(one.name, "already"))
            else:
                kept.append(uploads.keep(one, library.uploads))
                there.add(one.digest)
                files.append(Sent(one.name, "accepted", kept=kept[-1].name))
    except BaseException:
        jobs.let_go(kept)  # those before the one that could not be kept
        raise
    return tuple(files), jobs.start(kept) if kept else None


def _samples(folder: Path) -> tuple[receiving.Received, ...]:
    """Copy the sample articles to where files arrive."""
    received = []
    for number, sample in enumerate(find(samples_folder())):
        place = folder / str(number)
        shutil.copyfile(sample, place)
        received.append(receiving.Received(sample.name, place, sha256(place.read_bytes()).hexdigest()))
    return tuple(received)


def samples_folder() -> Path:
    """Return the folder of the articles that come with Citewell, in an installation or in the checkout."""
    import qa

    package = Path(qa.__file__).parent
    inside = package / "seeds"
    return inside if inside.is_dir() else package.parent / "seeds"


def _said(article: Article, left: tuple[str, ...]) -> str:
    removed = f"“{article.label}” was removed from the library."
    if not left:
        return removed
    stays = "its file stays" if len(left) == 1 else f"its {counted(len(left), 'file')} stay"
    return f"{removed} {stays.capitalize()} where it was ({left[0]}): `qa index` of that folder brings it back."
