"""The paths of the dashboard, and what each answer carries."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from arriero.gateway.dialect import Refused
from arriero.gateway.pages.access import COOKIE, SECONDS
from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.live import changes
from arriero.gateway.pages.rendering import Shown, render, static
from arriero.gateway.pages.values import NotAValue
from arriero.gateway.pages.views.overview import overview
from arriero.gateway.pages.views.permissions import permissions
from arriero.gateway.pages.views.plots import plots
from arriero.gateway.pages.views.runs import one_run, runs
from arriero.gateway.pages.views.settings import change, settings_page
from arriero.gateway.pages.views.tools import tools
from arriero.settings.errors import SettingsError
from arriero.settings.yaml_edit import NotEditable

log = logging.getLogger(__name__)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # With none at all a browser would send our own forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST_FORM = 64 * 1024  # bytes
_STATIC = {
    "dashboard.css": "text/css",
    "dashboard.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_VIEWS: Mapping[str, Callable[[Desk], Awaitable[Shown]]] = {
    "/": overview,
    "/dashboard/runs": runs,
    "/dashboard/tools": tools,
    "/dashboard/plots": plots,
    "/dashboard/permissions": permissions,
}
Handler = Callable[[Request], Awaitable[Response]]


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of all pages."""
    pages = _Pages(desk)
    return [
        *(Route(path, pages.signed_in(pages.view)) for path in _VIEWS),
        Route("/dashboard/runs/{run_id}", pages.signed_in(pages.view)),
        Route("/dashboard/live", pages.signed_in(pages.live)),
        Route("/dashboard/settings", pages.signed_in(pages.settings), methods=["GET", "POST"]),
        Route("/dashboard/logout", pages.signed_in(pages.logout), methods=["POST"]),
        Route("/dashboard/login", pages.login, methods=["GET", "POST"]),
        Route("/dashboard/static/{name}", pages.static),
    ]


class _Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._access = desk.access

    def signed_in(self, handler: Handler) -> Handler:
        """Answer only who is signed in; forms only if they were made here."""

        async def guarded(request: Request) -> Response:
            cookie = request.cookies.get(COOKIE, "")
            if not await self._access.signed_in(cookie):
                if request.method not in ("GET", "HEAD") or request.url.path == "/dashboard/live":
                    return _page(403, "Signed out", render("signed_out.html"))
                asked = request.url.path
                return RedirectResponse(f"/dashboard/login?next={quote(asked)}", 303, _HEADERS)
            return await handler(request)

        return guarded

    async def view(self, request: Request) -> Response:
        """A page that is live."""
        path = request.url.path
        shown = await self._shown(path)
        if shown is None:
            body = render("missing.html")
            return _page(404, "Not there", body, self._token(request))
        body = render("view.html", shown=shown, live=f"/dashboard/live?at={quote(path)}")
        return _page(200, shown.title, body, self._token(request), at=path)

    async def live(self, request: Request) -> Response:
        """What changes on a page."""
        path = request.query_params.get("at", "/")
        headers = {**_HEADERS, "X-Accel-Buffering": "no"}
        cookie = request.cookies.get(COOKIE, "")

        async def view() -> Shown | None:
            # Asked each time: a page that is open ends with its sign-in.
            return await self._shown(path) if await self._access.signed_in(cookie) else None

        stream = changes(view, self._desk.log)
        return StreamingResponse(stream, headers=headers, media_type="text/event-stream")

    async def settings(self, request: Request) -> Response:
        """The settings; a form changes one."""
        token = self._token(request)
        if request.method == "GET":
            body = await settings_page(self._desk, token)
            return _page(200, "Settings", body, token, at="/dashboard/settings")
        form = await self._form(request)
        if form is None:
            return _page(403, "Not accepted", render("not_accepted.html"), token)
        name, text = form.get("name", ""), form.get("value", "").replace("\r\n", "\n")
        said = problem = ""
        try:
            value = None if form.get("do") == "unset" else text
            said = await change(self._desk, name, value, form.get("seen", ""))
        except (NotAValue, NotEditable, SettingsError) as error:
            problem = str(error)
        log.info("the dashboard changes %s: %s", name, problem or said)
        body = await settings_page(
            self._desk, token, said=said, problem=problem, name=name, text=text
        )
        status = 422 if problem else 200
        return _page(status, "Settings", body, token, at="/dashboard/settings")

    async def login(self, request: Request) -> Response:
        """Sign in by the code of a link, or by a key in a form."""
        asked = _local(request.query_params.get("next", "/"))
        given, problem, status = request.query_params.get("code", ""), "", 200
        if request.method == "POST":
            form = await _read_form(request)
            if form is None or not _same_origin(request):
                return _page(403, "Not accepted", render("not_accepted.html"))
            given, asked = form.get("key", "").strip(), _local(form.get("next", "/"))
        if given:
            try:
                cookie = await self._access.sign_in(given)
            except Refused as error:
                body = render("login.html", problem=str(error), next=asked)
                wait = str(math.ceil(error.retry_after or 1))
                return _page(429, "Sign in", body, more={"Retry-After": wait})
            if cookie is not None:
                return _with_cookie(request, RedirectResponse(asked, 303, _HEADERS), cookie)
            problem, status = "That is not a key that opens this page.", 403
        return _page(status, "Sign in", render("login.html", problem=problem, next=asked))

    async def logout(self, request: Request) -> Response:
        """End the sign-in, and have the browser forget its cookie."""
        if await self._form(request) is None:
            return _page(403, "Not accepted", render("not_accepted.html"), self._token(request))
        answer: Response = RedirectResponse("/dashboard/login", 303, _HEADERS)
        try:
            await self._access.sign_out(request.cookies.get(COOKIE, ""))
        except OSError as error:
            problem = (
                "The cookie is gone from this browser, but a copy of it would still count "
                f"({error.strerror}): make room in the state folder, sign in, and sign out again."
            )
            body = render("login.html", problem=problem, next="/")
            answer = _page(500, "Sign in", body)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    async def static(self, request: Request) -> Response:
        """The style and the script."""
        name = request.path_params["name"]
        if name not in _STATIC:
            return _page(404, "Not there", render("missing.html"))
        headers = {**_HEADERS, "Cache-Control": "no-cache"}
        return Response(static(name), headers=headers, media_type=_STATIC[name])

    async def _shown(self, path: str) -> Shown | None:
        view = _VIEWS.get(path)
        if view is not None:
            return await view(self._desk)
        folder, _, run_id = path.rpartition("/")
        return await one_run(self._desk, run_id) if folder == "/dashboard/runs" else None

    async def _form(self, request: Request) -> dict[str, str] | None:
        """Return what a form of ours says; None if it is not ours."""
        form = await _read_form(request)
        if form is None or not _same_origin(request):
            return None
        cookie = request.cookies.get(COOKIE, "")
        return form if self._access.is_form(cookie, form.get("token", "")) else None

    def _token(self, request: Request) -> str:
        return self._access.form_token(request.cookies.get(COOKIE, ""))


def _page(
    status: int,
    title: str,
    body: str,
    token: str = "",
    *,
    at: str = "",
    more: Mapping[str, str] | None = None,
) -> Response:
    """Return a whole page; `token` is given where somebody is signed in."""
    page = render("page.html", title=title, body=body, token=token, at=at)
    return Response(page, HTTPStatus(status), {**_HEADERS, **(more or {})}, "text/html")


def _with_cookie(request: Request, answer: Response, cookie: str) -> Response:
    secure = request.url.scheme == "https"
    answer.set_cookie(
        COOKIE, cookie, SECONDS, path="/", httponly=True, samesite="strict", secure=secure
    )
    return answer


def _local(path: str) -> str:
    """Return a path of ours; never an address of somebody else."""
    ours = path == "/" or path.startswith("/dashboard/")
    return path if ours and path.isascii() and path.isprintable() and "\\" not in path else "/"


def _same_origin(request: Request) -> bool:
    """Browsers say which page sent a form."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin"):
        return False
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form; None for one that is too long or cannot be read."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_FORM:
            return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:  # UnicodeDecodeError is one
        return None
    return dict(pairs)
