"""The receiver exam: deliveries, good and bad, to a live endpoint, and a verdict for every rule."""

from sandbox.webhooks.exam.course import JOB, KIND, SECRET_KIND, hold_exam
from sandbox.webhooks.exam.rules import RULES

__all__ = ["JOB", "KIND", "RULES", "SECRET_KIND", "hold_exam"]
