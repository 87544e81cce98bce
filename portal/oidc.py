"""Signing in by an organisation's identity provider (OpenID Connect)."""

from fastapi import APIRouter

router = APIRouter()
