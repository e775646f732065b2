"""The WSGI door: any server may serve ``wsgi:app``; settings come from FIELDAPP_* variables."""

from fieldapp import create_app

app = create_app()
