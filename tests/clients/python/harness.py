"""A running `kmsprep serve`, and the clients that talk to it."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import boto3
import botocore.config
import botocore.loaders
import botocore.session

HERE = Path(__file__).resolve().parent
WORLDS = HERE.parent / "worlds"
REPOSITORY = HERE.parents[2]

#: The program under test.
KMSPREP = os.environ.get("KMSPREP") or str(REPOSITORY / "target" / "debug" / "kmsprep")

#: How often each operation of KMS succeeded in this run, over all clients of the suite.
CALLED = Counter()

#: One loader for all sessions: reading the descriptions of the services is what takes the most time.
LOADER = botocore.loaders.create_loader()

#: How long a server may take to start or to stop.
PATIENCE = 20


def world(name):
    """The path of a world of this suite."""
    return str(WORLDS / f"{name}.yaml")


def clean_environment(**more):
    """The environment without anything that an AWS client would read, plus some variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    return kept | nowhere | {name: str(value) for name, value in more.items()}


class Server:
    """A server of its own process. `settings` is what it printed at its start."""

    def __init__(self, *args):
        self.args = [str(arg) for arg in args]
        self.complaints = tempfile.TemporaryFile("w+")
        port = [] if "--port" in self.args else ["--port", "0"]
        command = [KMSPREP, "serve", *port, "--format", "json", *self.args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.complaints, text=True, env=clean_environment())
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(PATIENCE)
            raise AssertionError(f"{command} ended with {self.process.returncode}: {self.stderr()}")
        self.settings = json.loads(line)
        self.url = self.settings["endpoint_url"]
        self.region = self.settings["region"]
        self.profiles = {profile["name"]: profile for profile in self.settings["profiles"]}
        self._session = None

    def stderr(self):
        """What the process has complained about."""
        self.complaints.seek(0)
        return self.complaints.read()

    @property
    def session(self):
        """A boto3 session without credentials; it counts the operations of KMS that succeed."""
        if self._session is None:
            core = botocore.session.Session()
            core.register_component("data_loader", LOADER)
            self._session = boto3.Session(botocore_session=core)
            self._session.events.register("after-call.kms", count)
        return self._session

    def default_profile(self):
        """The profile that the server would take by itself: the first that is no root user."""
        names = [name for name in self.profiles if not name.endswith(".root")]
        return (names or list(self.profiles))[0]

    def client(self, service="kms", profile=None, region=None, credentials=None, **config):
        """A boto3 client. `profile` is a name of `profiles`, `credentials` are those that STS gave; `config` is botocore's."""
        if credentials is not None:
            keys = credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken")
        elif self.profiles:
            known = self.profiles[profile or self.default_profile()]
            keys = known["access_key_id"], known["secret_access_key"], known["session_token"]
        else:
            keys = "test", "test", None
        settings = {"retries": {"total_max_attempts": 1}} | config
        return self.session.client(
            service,
            region_name=region or self.region,
            endpoint_url=self.url,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=botocore.config.Config(**settings),
        )

    def endpoint(self, *args):
        """Runs `kmsprep endpoint`; gives the ended process with its output as text."""
        command = [KMSPREP, "endpoint", "--endpoint-url", self.url, *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=90)

    def told(self, *args):
        """What `kmsprep endpoint ARGS --format json` says, which must succeed."""
        ended = self.endpoint(*args, "--format", "json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def advance(self, by):
        """Moves the world's clock."""
        return self.told("advance", by)

    def trail(self, last=1000, **where):
        """Records of CloudTrail, oldest first, with these values at the top."""
        records = self.told("trail", "--last", last)
        return [record for record in records if all(record.get(name) == value for name, value in where.items())]

    def terminate(self):
        """Asks the process to end and gives its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self):
        """Ends the process as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self):
        """Ends the process if it still runs, and its files."""
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.complaints.close()


def count(model, http_response, **_):
    """Notes an operation that succeeded."""
    if http_response.status_code == 200:
        CALLED[model.name] += 1


def error_of(call, **members):
    """The error that a call ends in: botocore's ClientError."""
    try:
        answer = call(**members)
    except Exception as error:
        if hasattr(error, "response"):
            return error
        raise
    raise AssertionError(f"no error, but {answer}")


def code_of(call, **members):
    """The code of the error that a call ends in."""
    return error_of(call, **members).response["Error"]["Code"]


def message_of(call, **members):
    """The message of the error that a call ends in."""
    return error_of(call, **members).response["Error"].get("Message", "")
