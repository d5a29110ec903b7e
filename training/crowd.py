"""A crowd that books over HTTP, as browsers do: for the tests of races and for measuring."""

import http.client
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlencode

FORM = {
    "agency_name": "Example Charity",
    "job_title": "Practitioner",
    "manager_name": "A Lead",
    "manager_email": "lead@example.org",
    "manager_agrees": "on",
    "accepts_policy": "on",
}


@dataclass
class Answer:
    """What one submission got: an HTTP status, 0 where the connection broke."""

    person: int
    status: int
    location: str = ""
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        """Whether the person was told that it worked."""
        return self.status == 302 and "/booked/" in self.location


@dataclass
class Crowd:
    """So many people at once, each with a browser of their own."""

    port: int
    session: int
    at_once: int = 40
    typed: dict[str, str] = field(default_factory=dict)  # instead of what is in FORM
    answers: list[Answer] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where the form is."""
        return f"/training/sessions/{self.session}/book/"

    def submit(self, people: list[int]) -> list[Answer]:
        """Submit the form once for each number in the list, in about that order; return all answers so far."""
        waiting = deque(people)
        threads = [threading.Thread(target=self._browse, args=(waiting,)) for _ in range(self.at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.answers

    def _browse(self, waiting: deque) -> None:
        web, headers, token = None, {}, ""
        while waiting:
            try:
                person = waiting.popleft()
            except IndexError:
                return
            started = time.perf_counter()
            try:
                if web is None:
                    web = http.client.HTTPConnection("localhost", self.port, timeout=60)
                    headers, token = self._open_form(web)
                answer = self._post(web, headers, token, person)
            except (OSError, http.client.HTTPException):
                answer = Answer(person, 0)
                web.close()
                web = None
                time.sleep(0.05)
            answer.seconds = time.perf_counter() - started
            self.answers.append(answer)
        if web:
            web.close()

    def _open_form(self, web) -> tuple[dict, str]:
        web.request("GET", self.path)
        response = web.getresponse()
        html = response.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        if token is None:
            raise http.client.HTTPException(f"no form: {response.status}")
        cookie = response.getheader("Set-Cookie").partition(";")[0]
        seen = re.search(r'name="policy_seen" value="([^"]*)"', html)
        self.typed.setdefault("policy_seen", seen[1] if seen else "")
        return {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}, token[1]

    def _post(self, web, headers: dict, token: str, person: int) -> Answer:
        typed = {"name": f"Delegate {person}", "email": f"delegate.{person}@example.org", "csrfmiddlewaretoken": token}
        web.request("POST", self.path, urlencode({**FORM, **self.typed, **typed}), headers)
        response = web.getresponse()
        response.read()
        return Answer(person, response.status, response.getheader("Location", ""))
