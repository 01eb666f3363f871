// Learning codes from labelled pictures: the network and a latent layer, end to end (Lin et al.
// 2015).
#ifndef HASHLENS_TRAIN_H_
#define HASHLENS_TRAIN_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/data_options.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// What one epoch brought; given when it ends.
struct TrainEpoch {
  int epoch = 0;        // from 1
  int image_size = 0;   // pixels, of its last batch
  double rate = 0;      // of learning, of its last batch
  double loss = 0;      // mean over the epoch
  double accuracy = 0;  // of training pictures as they were shown: best class is a label
  // Of pictures held out, with averaged weights; none when nothing is held out.
  std::optional<double> held_out_accuracy;
  double images_per_second = 0;
  double seconds = 0;  // since training began, interruptions left out
};

struct TrainReport;

struct TrainOptions {
  // A folder of class folders, a .csv, .jsonl or .txt file, or an LMDB, LevelDB or HDF5 database.
  std::filesystem::path data;
  DataOptions data_options;
  std::filesystem::path output;  // a model package; with several lengths OUTPUT-BITS each
  // What write_report writes: nothing may be there, just as for the packages.
  std::vector<std::filesystem::path> reports;
  // What to start from: weights of the default network (a .safetensors file), a model package or
  // its name, or a .prototxt of Caffe, whose weights are then drawn as its fillers say. Empty: the
  // default network's weights of ImageNet.
  std::filesystem::path backbone;
  std::string feature_layer;     // of a package or .prototxt: whose output the codes are made of;
                                 // empty: the package's feature, or what the last layers read
  std::vector<int> bits = {48};  // 8..512 each
  std::string loss = "lin2015";  // lin2015, ssdh, greedyhash, orthohash, csq
  std::string recipe;  // "paper": as Lin et al. 2015 trained (see UseRecipe); empty: our own
  std::string activation = "sigmoid";  // of the latent layer: sigmoid, tanh
  std::optional<double> threshold;     // of a bit; none: 0.5 of sigmoid, 0 of tanh
  int freeze = 0;  // blocks or layers from the picture on that keep their weights; 1 is the first
  // Pixels; several are spread evenly over the run. Empty: 128, or what the backbone sees.
  std::vector<int> image_sizes;
  int input_size = 0;   // pixels of the finished network's input; 0: the last of image_sizes
  bool mirror = false;  // the finished feature is the mean of picture and mirror image
  double epochs = 8;
  double budget_seconds =
      0;  // 0: none; else the schedule is spread over this time, not over epochs
  int batch = 64;
  std::string optimizer = "adamw";     // adamw, sgd
  std::string schedule = "one-cycle";  // one-cycle, step
  // Of learning; 0: 5e-4 for adamw, 0.01 for sgd, 0.001 for a learned network by the paper's
  // recipe. New layers learn 10 times as fast, but not where all begins with random weights.
  double rate = 0;
  double weight_decay = 0.02;
  double label_smoothing = 0.1;
  double min_area = 0.5;  // of random crops, a share of the picture; 1: no crops
  bool flip = true;
  double erase = 0.5;     // share of pictures in which a square is blanked
  double holdout = 0.05;  // share of the pictures kept out of training, for choosing
  uint64_t seed = 1;
  bool resume = false;                // go on from the checkpoint of an interrupted run
  double checkpoint_seconds = 300;    // between two checkpoints
  std::string torch_device = "auto";  // auto, cpu, cuda
  OpenOptions open;                   // jobs, limits, and where the finished network runs
  ProgressFunction progress;
  std::function<void(const TrainEpoch&)> on_epoch;
  std::function<void(const std::string&)> on_warning;
  // Called when the packages are there, before the checkpoint goes: after an error of it, which is
  // then Train's, a resumed run makes the report again.
  std::function<Status(const TrainReport&)> write_report;
  std::stop_token stop;
};

// Sets everything that a recipe says; what is set afterwards wins. "paper": SGD with momentum 0.9
// and weight decay 0.0005, the rate falling in steps, lin2015 without label smoothing, a latent
// layer with biases and without batch norm, and pictures as Caffe's data layer shows them: the
// whole of each stretched to a square, of which the network sees a random window or its mirror
// image. The weights are those of the last step. kInvalidArgument for an unknown name.
Status UseRecipe(const std::string& name, TrainOptions* options);

struct TrainedHead {
  int bits = 0;
  std::filesystem::path package;
  // Of the head: "latent", learned with the network, or "latent-refit", on its features. By the
  // paper's recipe always "latent".
  std::string method;
  // mAP@1000 by code of the pictures held out among those trained on; none when nothing is held
  // out, and then the head is "latent-refit".
  std::optional<double> latent_map;
  std::optional<double> refit_map;
};

struct TrainReport {
  std::vector<std::string> classes;
  uint64_t pictures = 0;  // trained on
  uint64_t held_out = 0;
  std::vector<std::string> unreadable;  // "path: reason"
  std::vector<std::string> warnings;    // of codes that are good for nothing, or nearly
  std::vector<TrainEpoch> epochs;
  std::vector<TrainedHead> heads;
  std::vector<int> image_sizes;  // as TrainOptions, with what was left open
  int input_size = 0;
  double train_seconds = 0;   // interruptions left out
  double finish_seconds = 0;  // features, heads and packages
  bool interrupted = false;   // stopped on request; a checkpoint is there, resume goes on from it
  std::filesystem::path checkpoint;
};

// Whether this build can train; without libtorch it cannot.
bool CanTrain();
// kInvalidArgument for options, a device and data that make no sense, for files in the way, and for
// a loss that is no number any more or 100 times what it was (saying what to lower); kBusy while
// another process trains with the same output; kUnsupported in a build without libtorch; kIoError,
// kCorruption.
Result<TrainReport> Train(const TrainOptions& options);

struct SupervisedFitOptions {
  std::filesystem::path library;
  std::filesystem::path labels;  // as TrainOptions::data; its pictures are in the library
  DataOptions data_options;
  int bits = 0;  // 8..512; 0: as the library has
  std::string loss = "lin2015";
  int epochs = 30;
  double holdout = 0.1;  // share of the labelled pictures not learned from, for the report
  bool dry_run = false;  // learn and measure, and leave the library as it is
  uint64_t seed = 1;
  OpenOptions open;
  ProgressFunction progress;
  std::stop_token stop;
};

struct SupervisedFitReport {
  int bits = 0;
  uint64_t classes = 0;
  uint64_t pictures = 0;  // learned from
  uint64_t held_out = 0;
  uint64_t not_in_library = 0;  // labelled, but not there
  // mAP@1000 by code of the pictures held out among those learned from; none when nothing is.
  std::optional<double> map_before;  // with the codes that the library had
  std::optional<double> map_after;
};

// Learns a latent layer and a classifier on a library's stored features, in seconds, and gives all
// its images codes by it, in one step for readers. The network stays as it is.
// kInvalidArgument for labels that make no sense or a class of which the
// library has no picture; kUnsupported without libtorch; and as LibraryWriter::Fit.
Result<SupervisedFitReport> FitSupervised(const SupervisedFitOptions& options);

// The same steps on pictures and on made-up tensors, in turns, for bench/.
struct TrainBench {
  double pictures_per_second = 0;   // decoding, augmenting and training
  double synthetic_per_second = 0;  // the plain loop
  double ratio = 0;
  int image_size = 0;
  int batch = 0;
};
Result<TrainBench> BenchTrain(const TrainOptions& options, int steps);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_H_
