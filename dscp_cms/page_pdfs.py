"""Makes the PDFs of pages, keeps them, and serves the right one."""

GENERAL_QUESTIONS = (
    "What in this is new to us, and what did we know already?",
    "Where does it touch the children and families we work with?",
    "What will each of us do differently from tomorrow?",
    "Whom do we need to talk to, and who does it by when?",
)
