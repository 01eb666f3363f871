"""The steps behind the page: each calls the program once, and its result is kept, so that a run that was ended goes on where it was."""

import json
import pathlib
import subprocess
import time

# data set -> what `hashlens train` is told beside data, output and time. Set beforehand, and not by looking at a test set.
TRAINING = {
    "cifar10": ("--bits", "12,32,48,128", "--image-size", "80,96,112,128", "--input-size", "144", "--mirror", "--holdout", "0.02"),
    "mnist": (
        ("--bits", "12,32,48,128", "--image-size", "48,64", "--no-flip", "--min-area", "0.7", "--erase", "0.25")
        + ("--holdout", "0.02")
    ),
}


class StepError(Exception):
    """A command that failed, with its exit code."""

    def __init__(self, command, code):
        super().__init__(f"ended with {code}: {' '.join(command)}")
        self.code = code


class OtherRunError(Exception):
    """Figures of an earlier run with other options are in the way."""

    def __init__(self, path):
        super().__init__(f"{path} was measured with other options: give another --out, or move {path.parent} away")


def kept_json(path):
    """What an earlier run measured; None when it did not come so far."""
    return json.loads(path.read_text()) if path.exists() else None


def write_json(path, figures):
    """Complete or not there at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(figures, indent=2) + "\n")
    partial.rename(path)


class Steps:
    """The measurements of one data set. Their files are in `folder`; `program` is hashlens."""

    def __init__(self, program, name, data, folder, note):
        self.program, self.name, self.data, self.folder, self.note = str(program), name, data, folder, note
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments):
        """Runs hashlens with its progress on the terminal; what it prints on stdout."""
        command = [self.program, *(str(argument) for argument in arguments)]
        self.note(" ".join(command))
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            output, _ = process.communicate()
        except KeyboardInterrupt:
            # It has the signal, too, and keeps what is done before it ends.
            process.wait()
            raise
        # 3: some pictures were left out, which the report names.
        if process.returncode not in (0, 3):
            raise StepError(command, process.returncode)
        return output

    def measured(self, title, *arguments, resume=False):
        """The JSON that the command prints, with what it took and how it was called; kept as TITLE.json."""
        path = self.folder / f"{title}.json"
        command = ["hashlens", *(str(argument) for argument in arguments)]
        kept = kept_json(path)
        if kept is not None and kept["command"] == command:
            return kept
        if kept is not None:
            raise OtherRunError(path)
        start = time.monotonic()
        report = json.loads(self.run(*arguments, *(("--resume",) if resume else ())))
        kept = {"command": command, "seconds": time.monotonic() - start, "report": report}
        write_json(path, kept)
        return kept

    def train(self, budget):
        """Learns network and codes; goes on from the checkpoint when there is one."""
        output = self.folder / "model"
        begun = pathlib.Path(f"{output}.training/checkpoint").exists()
        return self.measured(
            "train", "train", self.data / "train", "-o", output, *TRAINING[self.name], "--time-budget", budget, "--json", resume=begun
        )

    def sides(self):
        return ("--database", self.data / "train", "--queries", self.data / "test")

    def judge(self, package, bits):
        """The learned codes of one length: all training pictures are searched, all test pictures are queries."""
        return self.measured(f"eval-{bits}", "eval", "--model", package, "--bits", bits, *self.sides(), "--json")

    def judge_others(self, database, queries):
        """Other methods, and the network that never saw these pictures, on so many pictures of each class."""
        return self.measured(
            "baselines", "eval", *self.sides(), "--sample-database", database, "--sample-queries", queries, "--baselines", "--json"
        )


def all_figures(steps, arguments):
    """Everything that the page shows of one data set."""
    trained = steps.train(arguments.time_budget)
    learned = [steps.judge(head["path"], head["bits"]) for head in trained["report"]["heads"]]
    others = steps.judge_others(arguments.sample_database, arguments.sample_queries)
    return {"name": steps.name, "train": trained, "eval": learned, "baselines": others}
