#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/model_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/caffe.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct CaffeArguments {
  std::string prototxt;
  std::string weights;
  std::string output;
  std::string fit = "stretch";
  std::string channels = "bgr";
  bool json = false;
  bool list = false;
  CaffeImportOptions options;
};

// "96 x 55 x 55"
std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t side : shape) text += (text.empty() ? "" : " x ") + std::to_string(side);
  return text;
}

ExitCode RunList(const CaffeArguments& arguments, Session* session) {
  const auto layers = ListCaffeLayers(arguments.prototxt, arguments.weights);
  if (!layers.ok()) return session->Fail(layers.status());
  for (const CaffeLayerInfo& layer : *layers) {
    std::string blobs;
    for (const std::string& blob : layer.blobs) blobs += (blobs.empty() ? "" : ", ") + blob;
    if (arguments.json) {
      nlohmann::json json = {{"version", 1},
                             {"name", layer.name},
                             {"type", layer.type},
                             {"blobs", layer.blobs},
                             {"shape", layer.shape}};
      if (!layer.problem.empty()) json["problem"] = layer.problem;
      session->PrintJson(json);
    } else {
      session->Print(fmt::format("{:24} {:16} {:24} {}\n", PrintablePath(layer.name),
                                 PrintablePath(layer.type), PrintablePath(blobs),
                                 layer.problem.empty() ? ShapeText(layer.shape) : "not taken"));
    }
  }
  return kExitDone;
}

ExitCode RunImportCaffe(const CaffeArguments& arguments, bool bits_given, Session* session) {
  if (arguments.list) return RunList(arguments, session);
  if (arguments.output.empty())
    return session->Fail({StatusCode::kInvalidArgument, "--output is required"});
  CaffeImportOptions options = arguments.options;
  if (options.feature.empty() && options.hash.empty())
    return session->Fail({StatusCode::kInvalidArgument,
                          "--feature or --hash is needed: the blobs of the network that are the "
                          "feature and the code, such as fc7 and fc8_kevin_encode"});
  if (bits_given && !options.hash.empty())
    return session->Fail({StatusCode::kInvalidArgument,
                          "--bits is for networks without --hash, whose layer decides how long "
                          "codes are"});
  if (options.classifier.empty() && !options.label_names.empty())
    return session->Fail({StatusCode::kInvalidArgument,
                          "--label-names are of the classes that --classifier tells: name that "
                          "layer, too, such as prob"});
  options.prototxt = arguments.prototxt;
  options.weights = arguments.weights;
  options.stretch = arguments.fit == "stretch";
  options.rgb = arguments.channels == "rgb";
  const auto made = ImportCaffeModel(options, arguments.output);
  if (!made.ok()) return session->Fail(made.status());
  for (const std::string& warning : made->warnings) session->Warn(warning);
  session->Note(fmt::format("took {} of the network, up to {}; pictures are {} {} x {}",
                            Counted(static_cast<uint64_t>(made->layers), "layer"), made->feature,
                            options.stretch ? "stretched to" : "cropped to a square and made",
                            made->size, made->size));
  if (options.hash.empty())
    session->Note(
        "codes are random hyperplanes until `hashlens index` fits its own at 1000 images");
  if (arguments.json) {
    nlohmann::json json = ToJson(made->model);
    json["feature"] = made->feature;
    json["layers"] = made->layers;
    json["fit"] = arguments.fit;
    json["size"] = made->size;
    json["warnings"] = made->warnings;
    session->PrintJson(json);
  } else {
    session->Print(ToText(made->model));
  }
  return kExitDone;
}

}  // namespace

Verb ImportCaffeVerb(Command* model, Session* session) {
  auto arguments = std::make_shared<CaffeArguments>();
  CaffeImportOptions& options = arguments->options;
  Command* verb =
      model->AddVerb("import-caffe", "Make a model package of a network trained with Caffe");
  verb->AddOption("--prototxt", &arguments->prototxt, "The network: deploy.prototxt")->Required();
  verb->AddOption("--weights", &arguments->weights, "Its weights: .caffemodel")->Required();
  verb->AddOption("-o,--output", &arguments->output, "The package's folder, new");
  verb->AddFlag("--list", &arguments->list,
                "Make nothing, and show all layers: name, type, blobs, and the size of what they "
                "make of a picture");
  verb->AddOption("--feature", &options.feature,
                  "Blob or layer whose numbers are the feature; by default what --hash reads");
  verb->AddOption("--hash", &options.hash,
                  "Blob or layer that makes codes: an InnerProduct of the feature, or the Sigmoid "
                  "or TanH behind it");
  Option* bits = verb->AddOption("--bits", &options.bits, "Length of codes when there is no --hash")
                     ->ShowDefault()
                     ->Check(InRange(8, 512));
  verb->AddOption("--mean", &options.mean,
                  "Subtracted from pictures: a .binaryproto or .npy file, or B,G,R");
  verb->AddOption("--scale", &options.scale, "Of pixels, after the mean: 0.00390625 for 0 to 1")
      ->ShowDefault()
      ->Check(FiniteNumber());
  verb->AddOption("--channels", &arguments->channels, "Their order in the network and the mean")
      ->ShowDefault()
      ->Check(OneOf({"bgr", "rgb"}));
  verb->AddOption("--size", &options.size,
                  "Pixels that pictures are made wide and high before the middle is cropped; by "
                  "default 256 for networks that see 224 to 256, else what the network sees")
      ->Check(AtLeastOne());
  verb->AddOption("--fit", &arguments->fit,
                  "How a picture becomes a square: stretch, as Caffe does, or square, its centre")
      ->ShowDefault()
      ->Check(OneOf({"stretch", "square"}));
  verb->AddOption(
          "--classifier", &options.classifier,
          "Blob or layer that tells classes: a Softmax or Sigmoid behind an InnerProduct of "
          "the feature or of the code, such as prob; `hashlens classify` uses it")
      ->ValueName("LAYER");
  verb->AddOption("--label-names", &options.label_names,
                  "Names of its classes, one a line, maybe with a WordNet id before it, as in "
                  "synset_words.txt; default: their numbers")
      ->ValueName("FILE");
  verb->AddOption("--name", &options.name, "The model's name; by default the folder's");
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  verb->Footer(
      "Examples:\n"
      "  hashlens model import-caffe --list --prototxt deploy.prototxt --weights net.caffemodel\n"
      "  hashlens model import-caffe --prototxt deploy.prototxt --weights net.caffemodel \\\n"
      "    --mean imagenet_mean.binaryproto --feature fc7 --hash fc8_kevin_encode \\\n"
      "    --classifier prob --label-names classes.txt -o cifar10-48\n"
      "  hashlens index photos ~/Pictures --model cifar10-48\n"
      "Layers, limits and the settings of published models: docs/caffe.md");
  return {verb, [arguments, bits, session] {
            return RunImportCaffe(*arguments, bits->given(), session);
          }};
}

}  // namespace hashlens
