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

std::vector<Verb> EvalVerb(CLI::App* parent, Session* session) {
  CLI::App* verb =
      parent->add_subcommand("eval", "Judge a model: how well it finds pictures of the same class");
  auto arguments = std::make_shared<EvalArguments>();
  EvalOptions& eval = arguments->eval;
  verb->add_option("--model", eval.model,
                   "Model package, by folder or name; default: the usual one")
      ->type_name("MODEL");
  verb->add_option("--database", eval.database, "Labelled pictures that are searched")
      ->type_name("DATA")
      ->required();
  verb->add_option("--queries", eval.queries, "Labelled pictures that are searched for")
      ->type_name("DATA")
      ->required();
  AddDataOptions(verb, &eval.data);
  verb->add_option("--bits", eval.bits, "Only the model's codes of this length")
      ->check(CLI::Range(8, 512));
  verb->add_option("--k", eval.k, "Of mAP@k")->capture_default_str()->check(AtLeastOne());
  verb->add_option("--candidates", eval.candidates,
                   "Nearest codes that are put in order by their features")
      ->capture_default_str()
      ->check(AtLeastOne());
  verb->add_option("--sample-database", eval.sample_database,
                   "At most so many pictures of each class of the database")
      ->check(AtLeastOne());
  verb->add_option("--sample-queries", eval.sample_queries,
                   "At most so many pictures of each class of the queries")
      ->check(AtLeastOne());
  verb->add_option("--seed", eval.seed, "Of samples and of the database's order")
      ->capture_default_str()
      ->check(WholeNumber());
  verb->add_flag("--baselines", eval.baselines,
                 "Also judge other methods on the same pictures: LSH, PCA signs, ITQ, IsoHash, "
                 "spherical hashing, PCA-compressed features, FLANN's k-d forest, ANN's box tree, "
                 "HSV histogram, GIST, SIFT words");
  verb->add_flag("--json", arguments->json, "Everything as one JSON object on stdout");
  verb->add_option("--html", arguments->html, "Also write a page with curves")->type_name("FILE");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->footer(
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
