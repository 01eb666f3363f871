"""Built indexes in a folder, so that what takes long to build is built once: NAME.index, and NAME.json with what it was built from."""

import hashlib
import json
import os
import sys

VERSION = 1


def file_digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Kept:
    """The place of one engine's index of one set of codes. The engine has planned: its parameters belong to what must fit."""

    def __init__(self, folder, name, engine, codes, bits):
        digest = hashlib.sha256(codes.tobytes()).hexdigest()
        self.index = folder / f"{name}-{digest[:16]}.index"
        self.facts = self.index.with_suffix(".json")
        self.built_from = {"version": VERSION, "engine": name, "engine_version": engine.version, "parameters": engine.parameters,
                           "codes": digest, "shape": list(codes.shape), "bits": bits}

    def read_facts(self):
        """What NAME.json says of this index; {} when it speaks of none or of another. Raises ValueError or KeyError when it is damaged."""
        try:
            facts = json.loads(self.facts.read_bytes())
        except FileNotFoundError:
            return {}
        return facts if facts["built_from"] == self.built_from else {}

    def given_up_after(self):
        """The seconds after which a run gave up building this index; 0 when none did."""
        try:
            return self.read_facts().get("given_up_after_s", 0)
        except (OSError, ValueError, KeyError, TypeError):
            return 0  # load() says what is wrong with it

    def give_up(self, seconds):
        """Keeps that the index is not built after so many seconds. Raises OSError."""
        self.write_facts({"built_from": self.built_from, "given_up_after_s": seconds})

    def write_facts(self, facts):
        part = self.index.with_suffix(".part")
        part.write_text(json.dumps(facts, indent=2) + "\n")
        os.replace(part, self.facts)

    def load(self, engine, codes):
        """What building() figured when the index was built; None when there is none that fits, or, with a note, when it is damaged."""
        try:
            facts = self.read_facts()
            if "index_digest" not in facts:
                return None
            if file_digest(self.index) != facts["index_digest"]:
                raise ValueError("the file is not as it was written")
            engine.load(self.index, codes)
            return facts["building"]
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            print(f"binary_search: {self.index}: {error}; built anew", file=sys.stderr)
            return None

    def save(self, engine, building):
        """Keeps the index with the figures of its building. What stood there is replaced, the figures last. Raises OSError or RuntimeError."""
        part = self.index.with_suffix(".part")
        try:
            engine.save(part)
            facts = {"built_from": self.built_from, "index_digest": file_digest(part), "building": building}
            os.replace(part, self.index)
            self.write_facts(facts)
        finally:
            part.unlink(missing_ok=True)
