"""Candidates talk to a human: what they ask HR, and what their next words belong to."""

from models.enquiries.awaiting import REQUEST, await_request, await_words, awaited_words, go_on
from models.enquiries.erasing import erase_enquiries
from models.enquiries.errors import EnquiryNotFound, EnquirySettled, NothingSaid
from models.enquiries.operations import (
    answer_enquiry,
    application_to_ask_about,
    ask_hr,
    enquiries_of,
    enquiry_within,
    words_of,
)
from models.enquiries.tables import AwaitedWords, Enquiry

__all__ = [
    "REQUEST",
    "AwaitedWords",
    "Enquiry",
    "EnquiryNotFound",
    "EnquirySettled",
    "NothingSaid",
    "answer_enquiry",
    "application_to_ask_about",
    "ask_hr",
    "await_request",
    "await_words",
    "awaited_words",
    "enquiries_of",
    "enquiry_within",
    "erase_enquiries",
    "go_on",
    "words_of",
]
