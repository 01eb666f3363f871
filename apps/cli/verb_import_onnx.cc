#include <fmt/core.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/cli/model_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"
#include "hashlens/onnx.h"

namespace hashlens {
namespace {

struct OnnxArguments {
  std::string onnx;
  std::string output;
  std::string text_onnx;
  std::string tokenizer;
  std::vector<float> mean;
  std::vector<float> deviation;
  std::string channels = "rgb";
  std::string fit = "square";
  bool json = false;
  OnnxImportOptions options;
};

// Three numbers, or one for all channels.
void SetChannels(const std::vector<float>& values, std::array<float, 3>* channels) {
  for (size_t c = 0; c < channels->size(); ++c)
    (*channels)[c] = values.size() == 1 ? values[0] : values[c];
}

// One of some words, each of which stands for a value.
template <typename Value>
Option* AddChoice(Command* verb, const std::string& name, const std::string& help,
                  const std::map<std::string, Value>& choices, Value* value) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : choices) words.push_back(word);
  return verb
      ->AddOption(
          name, [choices, value](const std::string& word) { *value = choices.at(word); }, help)
      ->Check(OneOf(words));
}

ExitCode RunImportOnnx(const OnnxArguments& arguments, Session* session) {
  OnnxImportOptions options = arguments.options;
  options.onnx = arguments.onnx;
  options.text_onnx = arguments.text_onnx;
  options.tokenizer = arguments.tokenizer;
  for (const auto* values : {&arguments.mean, &arguments.deviation}) {
    if (values->size() != 1 && values->size() != 3)
      return session->Fail(InvalidArgument("--mean and --std take one number, or three: R,G,B"));
  }
  SetChannels(arguments.mean, &options.mean);
  SetChannels(arguments.deviation, &options.deviation);
  options.bgr = arguments.channels == "bgr";
  options.stretch = arguments.fit == "stretch";
  const auto made = ImportOnnxModel(options, arguments.output);
  if (!made.ok()) return session->Fail(made.status());
  session->Note(fmt::format("the feature is {}, {} numbers; it was made of two pictures to try",
                            PrintablePath(made->output), made->model.dim));
  if (!made->text_output.empty()) {
    session->Note(fmt::format("that of a text is {}; it was made of three texts to try",
                              PrintablePath(made->text_output)));
  }
  session->Note("codes are random hyperplanes until `hashlens index` fits its own at 1000 images");
  if (arguments.json) {
    nlohmann::json json = ToJson(made->model);
    json["output"] = made->output;
    if (!made->text_output.empty()) json["text_output"] = made->text_output;
    session->PrintJson(json);
  } else {
    session->Print(ToText(made->model));
  }
  return kExitDone;
}

}  // namespace

Verb ImportOnnxVerb(Command* model, Session* session) {
  auto arguments = std::make_shared<OnnxArguments>();
  OnnxImportOptions& options = arguments->options;
  Command* verb = model->AddVerb(
      "import-onnx", "Make a model package of an ONNX network that makes a vector of a picture");
  verb->AddOption("NET.onnx", &arguments->onnx, "The network; weights beside it are found")
      ->Required();
  verb->AddOption("-o,--output-folder", &arguments->output, "The package's folder, new")
      ->ValueName("FOLDER")
      ->Required();
  verb->AddOption("--mean", &arguments->mean, "Subtracted from pixels: R,G,B, or one for all")
      ->Separator(',')
      ->Required();
  verb->AddOption("--std", &arguments->deviation, "What they are then divided by")
      ->Separator(',')
      ->Required();
  verb->AddOption("--pixel-range", &options.pixel_range,
                  "Of the pixels that mean and std are meant for: from 0 to 1, or to 255")
      ->ShowDefault()
      ->Check(OneOf({1, 255}));
  verb->AddOption("--input-size", &options.input_size,
                  "Pixels that the network wants on each side; by default what it says itself")
      ->Check(InRange(1, 4096));
  const std::map<std::string, OnnxLayout> layouts = {
      {"auto", OnnxLayout::kAuto}, {"nchw", OnnxLayout::kNchw}, {"nhwc", OnnxLayout::kNhwc}};
  AddChoice(verb, "--layout", "Order of the picture's dimensions", layouts, &options.layout)
      ->ShowDefault("auto");
  verb->AddOption("--channels", &arguments->channels, "Their order in the network")
      ->ShowDefault()
      ->Check(OneOf({"bgr", "rgb"}));
  verb->AddOption("--output", &options.output,
                  "The tensor that is the feature, also one inside the network; needed where "
                  "there are several outputs");
  const std::map<std::string, OnnxPool> pools = {{"none", OnnxPool::kNone},
                                                 {"mean", OnnxPool::kMean},
                                                 {"first", OnnxPool::kFirst},
                                                 {"patches", OnnxPool::kPatches}};
  AddChoice(verb, "--pool",
            "One vector of several tokens: their mean, the first (CLS), or the mean of all but the "
            "first (patches)",
            pools, &options.pool)
      ->ShowDefault("none");
  verb->AddOption("--crop", &options.crop, "Side of the part that is seen, of the shorter side")
      ->ShowDefault();
  verb->AddOption("--fit", &arguments->fit,
                  "How a picture becomes a square: its centre (square), or all of it (stretch)")
      ->ShowDefault()
      ->Check(OneOf({"square", "stretch"}));
  auto* text = verb->AddOption("--text-onnx", &arguments->text_onnx,
                               "A network that makes of a text a vector in the same space, for "
                               "`search --text`; may be the same file");
  auto* tokenizer = verb->AddOption("--tokenizer", &arguments->tokenizer,
                                    "Its tokenizer: the .xml that OpenVINO's convert_tokenizer "
                                    "makes, with the .bin beside it");
  text->Needs(tokenizer);
  tokenizer->Needs(text);
  verb->AddOption("--text-output", &options.text_output, "As --output, of the text network")
      ->Needs(text);
  verb->AddOption("--bits", &options.bits, "Code lengths that the package has")
      ->Separator(',')
      ->ShowDefault()
      ->Check(InRange(8, 512));
  verb->AddOption("--name", &options.name, "The model's name; by default the folder's");
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  verb->Footer(
      "Examples:\n"
      "  hashlens model import-onnx resnet50.onnx --output onnx::Flatten_493 -o models/resnet50 "
      "\\\n"
      "    --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225\n"
      "  hashlens model import-onnx dinov2.onnx --pool first --input-size 224 -o models/dinov2 \\\n"
      "    --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225\n"
      "  hashlens model import-onnx clip-vision.onnx --output image_embeds --crop 1 -o models/clip "
      "\\\n"
      "    --mean 0.48145466,0.4578275,0.40821073 --std 0.26862954,0.26130258,0.27577711 \\\n"
      "    --text-onnx clip-text.onnx --text-output text_embeds --tokenizer "
      "openvino_tokenizer.xml\n"
      "  hashlens index photos ~/Pictures --model models/clip\n"
      "How to find these settings: docs/networks.md");
  return {verb, [arguments, session] { return RunImportOnnx(*arguments, session); }};
}

}  // namespace hashlens
