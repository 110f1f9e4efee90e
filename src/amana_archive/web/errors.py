"""Pages for what did not work. 404 is one page for "is not" and "is not yours"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "problem.html", {"problem": "not found"}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    return render(request, "problem.html", {"problem": "failed"}, status=500)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "problem.html", {"problem": "failed"}, status=400)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "problem.html", {"problem": "expired"}, status=403)
