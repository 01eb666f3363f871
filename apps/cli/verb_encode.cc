#include <fmt/core.h>

#include <memory>

#include "apps/cli/picture_paths.h"
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
  NoteCounts(report, "encoded", session);
  if (kept) {
    session->Note(fmt::format("{} {} to {}", report.interrupted ? "interrupted; wrote" : "wrote",
                              Counted(report.encoded, "picture"), PrintablePath(arguments.output)));
  } else if (report.interrupted) {
    session->Note(arguments.output.empty() ? "interrupted" : "interrupted; nothing was written");
  }
}

Status NothingEncoded(const EncodeReport& report, const EncodeArguments& arguments) {
  const Status nothing = NothingDone(report, arguments.pictures, "encoded");
  return {nothing.code(),
          nothing.message() + (arguments.output.empty() ? "" : "; nothing was written")};
}

// Where encoded pictures go: a file, or lines on stdout.
Status Put(const EncodedPicture& picture, EncodedFile* file, Session* session) {
  WarnOfPicture(picture, session);
  if (file != nullptr) return file->Add(picture);
  session->Print(EncodedJson(picture) + "\n");
  return CheckStdout();
}

ExitCode RunEncode(EncodeArguments* arguments, bool bits_given, Session* session) {
  if (const Status status = ReadPicturePaths(arguments->paths, arguments->stdin_zero, "encoded",
                                             &arguments->pictures);
      !status.ok())
    return session->Fail(status);
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
  return CodeOfRun(*report);
}

}  // namespace

std::vector<Verb> EncodeVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "encode", "Write features, latent activations or codes of pictures, without a library");
  auto arguments = std::make_shared<EncodeArguments>();
  EncodeOptions& encode = arguments->encode;
  EncodePathsOptions& pictures = arguments->pictures;
  AddPathsOrStdin(verb, &arguments->paths, &arguments->stdin_zero);
  AddModelOption(verb, &encode.model);
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
  AddPictureOptions(verb, &pictures);
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
