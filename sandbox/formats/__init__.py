"""Representations that are not JSON: XML, CSV, iCalendar, PDF, QR codes."""
