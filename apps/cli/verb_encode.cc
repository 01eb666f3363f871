#include <fmt/core.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "apps/cli/data_arguments.h"
#include "apps/cli/name_list.h"
#include "apps/cli/verbs.h"
#include "hashlens/encode.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct EncodeArguments {
  std::vector<std::string> paths;
  bool stdin_zero = false;
  std::filesystem::path output;
  EncodedParts parts;
  EncodeOptions encode;
  EncodePathsOptions pictures;
};

// When nothing is chosen: feature and code, where both are there and the format holds both.
EncodedParts Parts(const EncodeArguments& arguments) {
  if (!arguments.parts.empty()) return arguments.parts;
  const EncodedParts both = {.feature = true, .code = true};
  const bool one = !arguments.encode.layer.empty() ||
                   (!arguments.output.empty() && HoldsOnePart(arguments.output));
  return one ? EncodedParts{.feature = true} : both;
}

Status CheckNoLibrary(const std::vector<std::filesystem::path>& paths) {
  for (const auto& path : paths) {
    std::error_code error;
    if (!std::filesystem::exists(path / "catalog.db", error)) continue;
    return InvalidArgument(PrintablePath(path) +
                           ": is a library; `hashlens export` writes its features and codes");
  }
  return {};
}

void NoteReport(const EncodeReport& report, const EncodeArguments& arguments, bool kept,
                Session* session) {
  for (const std::string& warning : report.warnings) session->Warn("warning: " + warning);
  std::string line = fmt::format("{} encoded", report.encoded);
  if (report.damaged > 0) line += fmt::format(" ({} of them damaged)", report.damaged);
  if (report.failed > 0) line += fmt::format(", {} failed", report.failed);
  if (report.skipped > 0) line += fmt::format(", {} other files passed over", report.skipped);
  if (report.encoded > 0) {
    line += fmt::format(" in {:.1f} s, {:.0f} images/s", report.seconds,
                        static_cast<double>(report.encoded) / report.seconds);
  }
  session->Note(line);
  if (kept) {
    session->Note(fmt::format("{} {} to {}", report.interrupted ? "interrupted; wrote" : "wrote",
                              Counted(report.encoded, "picture"), PrintablePath(arguments.output)));
  } else if (report.interrupted) {
    session->Note(arguments.output.empty() ? "interrupted" : "interrupted; nothing was written");
  }
}

Status NothingEncoded(const EncodeReport& report, const EncodeArguments& arguments) {
  const std::string left = arguments.output.empty() ? "" : "; nothing was written";
  if (report.failed > 0) {
    return NotFound((report.failed == 1
                         ? std::string("the only picture could not be encoded")
                         : fmt::format("none of {} pictures could be encoded", report.failed)) +
                    left);
  }
  const auto& paths = arguments.pictures.paths;
  const std::string where =
      paths.size() == 1 ? PrintablePath(paths.front()) : fmt::format("the {} paths", paths.size());
  return NotFound("no pictures in " + where + left);
}

// Where encoded pictures go: a file, or lines on stdout.
Status Put(const EncodedPicture& picture, EncodedFile* file, Session* session) {
  const std::string path = PrintablePath(picture.path) + ": ";
  if (!picture.error.empty()) session->Warn("failed: " + path + picture.error);
  if (!picture.damage.empty()) session->Warn("damaged: " + path + picture.damage);
  if (file != nullptr) return file->Add(picture);
  session->Print(EncodedJson(picture) + "\n");
  return std::ferror(stdout) == 0 ? Status() : IoError("standard output could not be written");
}

ExitCode RunEncode(EncodeArguments* arguments, bool bits_given, Session* session) {
  auto paths = ReadNameList(arguments->paths, arguments->stdin_zero, std::cin);
  if (!paths.ok()) return session->Fail(paths.status());
  arguments->pictures.paths = std::move(*paths);
  if (arguments->pictures.paths.empty())
    return session->Fail(InvalidArgument("no names on standard input; nothing was encoded"));
  if (const Status status = CheckNoLibrary(arguments->pictures.paths); !status.ok())
    return session->Fail(status);
  EncodeOptions& options = arguments->encode;
  options.parts = Parts(*arguments);
  if (bits_given && !options.parts.code && !options.parts.activations)
    return session->Fail(
        InvalidArgument("--bits is of codes and activations: give --code or --activations"));
  options.open = session->open;
  if (!arguments->output.empty()) {
    if (const Status status = CheckEncodedFile(arguments->output, options.parts); !status.ok())
      return session->Fail(status);
  }
  const auto encoder = PictureEncoder::Open(options);
  if (!encoder.ok()) return session->Fail(encoder.status());
  const EncodedForm& form = encoder->form();
  if (!form.layer.empty()) {
    std::string shape;
    for (const uint64_t side : form.shape)
      shape += (shape.empty() ? "" : " x ") + std::to_string(side);
    session->Note(
        fmt::format("layer {}: {} numbers, {}", PrintablePath(form.layer), form.dim, shape));
  }
  std::unique_ptr<EncodedFile> file;
  if (!arguments->output.empty()) {
    auto made = CreateEncodedFile(arguments->output, form);
    if (!made.ok()) return session->Fail(made.status());
    file = std::move(*made);
  }
  arguments->pictures.progress = session->progress();
  arguments->pictures.stop = session->stop();
  const auto report =
      EncodePaths(*encoder, arguments->pictures,
                  [&](const EncodedPicture& picture) { return Put(picture, file.get(), session); });
  // What leaves without Finish leaves nothing behind.
  if (!report.ok()) {
    file.reset();
    return session->Fail(report.status());
  }
  const bool keep = file != nullptr && report->encoded > 0;
  const Status finished = keep ? file->Finish() : Status();
  file.reset();
  if (!finished.ok()) return session->Fail(finished);
  NoteReport(*report, *arguments, keep, session);
  if (report->interrupted) return kExitInterrupted;
  if (report->encoded == 0) return session->Fail(NothingEncoded(*report, *arguments));
  return report->failed > 0 || !report->warnings.empty() ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> EncodeVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "encode", "Write features, latent activations or codes of pictures, without a library");
  auto arguments = std::make_shared<EncodeArguments>();
  EncodeOptions& encode = arguments->encode;
  EncodePathsOptions& pictures = arguments->pictures;
  verb->AddOption("PATH", &arguments->paths,
                  "Picture files, folders (with all below them), databases (LMDB, LevelDB, HDF5), "
                  "lists (NAME.txt: path label) and labels (.csv, .jsonl); - reads names from "
                  "stdin")
      ->Required();
  verb->AddFlag("-0,--null", &arguments->stdin_zero,
                "Names on stdin end with a NUL byte, as find -print0 writes them");
  verb->AddOption("--model", &encode.model,
                  "A model package, or a name that `hashlens model list` gives; default: the usual "
                  "one")
      ->ValueName("MODEL");
  verb->AddFlag("--feature", &arguments->parts.feature,
                "The network's feature, of unit length, as a library stores it");
  verb->AddFlag("--activations", &arguments->parts.activations,
                "The latent layer, a number of 0 to 1 for each bit: sigmoid(w . f + b)");
  verb->AddFlag("--code", &arguments->parts.code, "The binary code");
  Option* bits = verb->AddOption("--bits", &encode.bits,
                                 "Code length, one that the model ships; default 128, else its "
                                 "longest");
  bits->Check(InRange(8, 512));
  verb->AddOption("--layer", &encode.layer,
                  "The output of this layer or tensor of the network in the place of the feature, "
                  "as it is, flattened")
      ->ValueName("NAME")
      ->Excludes(bits);
  verb->AddOption("-o,--output", &arguments->output,
                  "A new file; its ending is the format: .jsonl, .csv, .npy, .h5 or .lmdb; "
                  "default: JSON lines on stdout")
      ->ValueName("FILE");
  verb->AddOption("--exclude", &pictures.exclude,
                  "Leave out names or paths in folders that match this shell pattern; may be "
                  "repeated")
      ->ValueName("PATTERN")
      ->Repeatable();
  verb->AddFlag("--hidden", &pictures.hidden, "Also look at names that start with a dot");
  AddDataOptions(verb, &pictures.data);
  verb->AddOption("--label-names", &pictures.label_names,
                  "Names of a database's or list's labels, one a line from label 0 on; default: "
                  "their digits");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "Without --feature, --activations and --code: feature and code, or, where the format holds "
      "only one thing\n"
      "(.npy, .lmdb) or --layer is given, the feature. Rows are in the order of PATH. A picture "
      "that cannot be read\n"
      "takes no row; in JSON lines it has \"error\". OUT.npy.rows.jsonl beside OUT.npy names its "
      "rows.\n"
      "Examples:\n"
      "  hashlens encode beach.jpg\n"
      "  hashlens encode ~/Pictures --model cifar10-48 -o features.npy\n"
      "  hashlens encode ~/Pictures --code --bits 48 -o codes.npy\n"
      "  hashlens encode train_lmdb --activations --code -o train.h5\n"
      "  hashlens encode photos --model cifar10-48 --layer fc6 -o fc6.npy\n"
      "  find . -name '*.jpg' -print0 | hashlens encode -0 - --code | jq -r '[.path, .code] | "
      "@tsv'");
  return {{verb, [arguments, bits, session] {
             return RunEncode(arguments.get(), bits->given(), session);
           }}};
}

}  // namespace hashlens
