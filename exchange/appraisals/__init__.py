"""Appraisals of registered assets: request, signed report, expiry."""
