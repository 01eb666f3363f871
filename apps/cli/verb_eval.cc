#include <nlohmann/json.hpp>

#include "apps/cli/data_arguments.h"
#include "apps/cli/eval_output.h"
#include "apps/cli/page_target.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct EvalArguments {
  bool json = false;
  std::string html;
  EvalOptions eval;
};

ExitCode RunEval(EvalArguments* arguments, Session* session) {
  EvalOptions& options = arguments->eval;
  options.open = session->open;
  options.progress = session->progress();
  options.stop = session->stop();
  if (!arguments->html.empty()) {
    if (const Status status = RequirePageTarget(arguments->html); !status.ok())
      return session->Fail(status);
  }
  const auto report = Evaluate(options);
  if (!report.ok()) return session->Fail(report.status());
  for (const EvalSide* side : {&report->database, &report->queries}) {
    for (const std::string& failure : side->failures) session->Warn(failure);
  }
  if (!arguments->html.empty()) {
    if (const Status status = WriteEvalPage(arguments->html, options, *report); !status.ok())
      return session->Fail(status);
    session->Note("wrote " + PrintablePath(arguments->html));
  }
  if (arguments->json) {
    session->PrintJson(EvalJson(options, *report));
  } else {
    session->Print(EvalText(options, *report));
  }
  return report->database.failed + report->queries.failed > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> EvalVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("eval", "Judge a model: how well it finds pictures of the same class");
  auto arguments = std::make_shared<EvalArguments>();
  EvalOptions& eval = arguments->eval;
  verb->AddOption("--model", &eval.model,
                  "Model package, by folder or name; default: the usual one")
      ->ValueName("MODEL");
  verb->AddOption("--database", &eval.database, "Labelled pictures that are searched")
      ->ValueName("DATA")
      ->Required();
  verb->AddOption("--queries", &eval.queries, "Labelled pictures that are searched for")
      ->ValueName("DATA")
      ->Required();
  AddDataOptions(verb, &eval.data);
  verb->AddOption("--bits", &eval.bits, "Only the model's codes of this length")
      ->Check(InRange(8, 512));
  verb->AddOption("--k", &eval.k, "Of mAP@k")->ShowDefault()->Check(AtLeastOne());
  verb->AddOption("--candidates", &eval.candidates,
                  "Nearest codes that are put in order by their features")
      ->ShowDefault()
      ->Check(AtLeastOne());
  verb->AddOption("--most-candidates", &eval.most_candidates,
                  "Pictures as near by code as the last candidate are candidates, too, up to so "
                  "many in all")
      ->ShowDefault()
      ->Check(AtLeastOne());
  verb->AddOption("--sample-database", &eval.sample_database,
                  "At most so many pictures of each class of the database")
      ->Check(AtLeastOne());
  verb->AddOption("--sample-queries", &eval.sample_queries,
                  "At most so many pictures of each class of the queries")
      ->Check(AtLeastOne());
  verb->AddOption("--seed", &eval.seed, "Of samples and of the database's order")
      ->ShowDefault()
      ->Check(WholeNumber());
  verb->AddFlag("--baselines", &eval.baselines,
                "Also judge other methods on the same pictures: LSH, PCA signs, ITQ, IsoHash, "
                "spherical hashing, PCA-compressed features, FLANN's k-d forest, ANN's box tree, "
                "HSV histogram, GIST, SIFT words");
  verb->AddFlag("--json", &arguments->json, "Everything as one JSON object on stdout");
  verb->AddOption("--html", &arguments->html, "Also write a page with curves")->ValueName("FILE");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "Labelled pictures are a folder of class folders, a CSV file path,label (a heading is\n"
      "optional; several labels are separated by ;) or a JSON-lines file with \"path\" and\n"
      "\"label\" or a list \"labels\", or a list NAME.txt with lines path label; or an LMDB, "
      "LevelDB\n"
      "or HDF5 database as Caffe has them. Relative paths start at the file's folder; one that is\n"
      "not there is an error with its line. A database picture is relevant to a query when they "
      "share\n"
      "a label.\n"
      "Examples:\n"
      "  hashlens eval --database photos/train --queries photos/test\n"
      "  hashlens eval --model flowers --database train.csv --queries test.csv --html eval.html\n"
      "  hashlens eval --database train --queries test --sample-database 500 --baselines --json");
  return {{verb, [arguments, session] { return RunEval(arguments.get(), session); }}};
}

}  // namespace hashlens
