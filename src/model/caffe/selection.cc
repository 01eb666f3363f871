#include "model/caffe/selection.h"

#include <algorithm>
#include <set>

#include "base/try.h"

namespace hashlens {
namespace {

using hashlens_caffe::LayerParameter;
using Place = std::optional<size_t>;  // of a layer in the network; none: the picture

std::string Quoted(const std::string& name) {
  return "\"" + Printable(std::string_view(name)) + "\"";
}

bool Makes(const LayerParameter& layer, const std::string& blob) {
  return std::ranges::find(layer.top(), blob) != layer.top().end();
}

// The last layer below `end` that makes `blob`.
Place MakerOf(const CaffeNet& net, const std::string& blob, size_t end) {
  while (end-- > 0) {
    if (Makes(net.layers[end].param, blob)) return end;
  }
  return std::nullopt;
}

// The layer that makes what is called `name`.
Result<size_t> Find(const CaffeNet& net, const std::string& name) {
  if (const Place maker = MakerOf(net, name, net.layers.size())) return *maker;
  for (size_t i = 0; i < net.layers.size(); ++i) {
    if (net.layers[i].param.name() == name && net.layers[i].param.top_size() > 0) return i;
  }
  constexpr size_t kShown = 12;  // the last ones, where features are
  std::vector<std::string> blobs;
  for (const CaffeLayer& layer : net.layers) {
    for (const std::string& top : layer.param.top()) {
      if (std::ranges::find(blobs, top) == blobs.end()) blobs.push_back(top);
    }
  }
  std::string list;
  for (size_t i = blobs.size() - std::min(blobs.size(), kShown); i < blobs.size(); ++i)
    list += (list.empty() ? "" : ", ") + Printable(std::string_view(blobs[i]));
  return InvalidArgument(net.file + ": no blob or layer is called " + Quoted(name) +
                         "; the last ones are " + list);
}

// Keeps all numbers and their order when the network is used.
bool ChangesNothing(const LayerParameter& layer) {
  return layer.type() == "Split" || layer.type() == "Flatten" || layer.type() == "Reshape" ||
         (layer.type() == "Dropout" && layer.dropout_param().scale_train());
}

// From what `place` makes back to the layer that made its numbers.
Place Origin(const CaffeNet& net, Place place) {
  while (place && ChangesNothing(net.layers[*place].param) &&
         net.layers[*place].param.bottom_size() == 1)
    place = MakerOf(net, net.layers[*place].param.bottom(0), *place);
  return place;
}

// The InnerProduct behind what `--hash` names.
Result<size_t> FindHash(const CaffeNet& net, const std::string& name) {
  HL_ASSIGN(const size_t named, Find(net, name));
  Place place = Origin(net, named);
  if (place) {
    const LayerParameter& layer = net.layers[*place].param;
    if ((layer.type() == "Sigmoid" || layer.type() == "TanH") && layer.bottom_size() == 1)
      place = Origin(net, MakerOf(net, layer.bottom(0), *place));
  }
  if (place && net.layers[*place].param.type() == "InnerProduct" &&
      net.layers[*place].param.bottom_size() == 1)
    return *place;
  return InvalidArgument(net.layers[place.value_or(named)].where + ": no code can be made of " +
                         Quoted(name) +
                         ": that takes an InnerProduct, or a Sigmoid or TanH behind one");
}

// What the blob `feature` needs after layer `last`.
Result<std::vector<size_t>> Needed(const CaffeNet& net, const std::string& feature, size_t last) {
  std::vector<size_t> layers;
  std::set<std::string> wanted = {feature};
  for (size_t i = last + 1; i-- > 0;) {
    const LayerParameter& layer = net.layers[i].param;
    const bool needed =
        std::ranges::any_of(layer.top(), [&](const auto& top) { return wanted.contains(top); });
    if (!needed) continue;
    layers.push_back(i);
    for (const std::string& top : layer.top()) wanted.erase(top);
    for (const std::string& bottom : layer.bottom()) {
      if (bottom != net.input && !MakerOf(net, bottom, i)) {
        return Corruption(net.layers[i].where + ": reads " + Quoted(bottom) +
                          ", which no layer before it makes");
      }
      wanted.insert(bottom);
    }
  }
  std::ranges::reverse(layers);
  return layers;
}

// For an error: the feature that goes with this code.
std::string FeatureOf(const CaffeNet& net, size_t hash) { return net.layers[hash].param.bottom(0); }

// The last InnerProduct below `end`.
Place LastInnerProduct(const CaffeNet& net, size_t end) {
  while (end-- > 0) {
    if (net.layers[end].param.type() == "InnerProduct" && net.layers[end].param.bottom_size() == 1)
      return end;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> FeatureForTraining(const CaffeNet& net) {
  Place last = LastInnerProduct(net, net.layers.size());
  if (!last)
    return InvalidArgument(net.file +
                           ": no InnerProduct to put codes in the place of; name the "
                           "layer that is the feature with --feature");
  const Place reads = Origin(net, MakerOf(net, net.layers[*last].param.bottom(0), *last));
  if (reads) {
    const LayerParameter& layer = net.layers[*reads].param;
    if ((layer.type() == "Sigmoid" || layer.type() == "TanH") && layer.bottom_size() == 1) {
      const Place latent = Origin(net, MakerOf(net, layer.bottom(0), *reads));
      if (latent && net.layers[*latent].param.type() == "InnerProduct") last = latent;
    }
  }
  const std::string& feature = net.layers[*last].param.bottom(0);
  if (MakerOf(net, feature, *last)) return feature;
  return InvalidArgument(net.layers[*last].where +
                         ": reads the picture itself; there is no feature");
}

Result<CaffeSelection> SelectCaffeLayers(const CaffeNet& net, const std::string& feature,
                                         const std::string& hash) {
  CaffeSelection selection;
  if (!hash.empty()) {
    HL_ASSIGN(selection.hash, FindHash(net, hash));
  } else if (feature.empty()) {
    return InvalidArgument("neither a feature nor a layer that makes codes was named");
  }
  Place last;
  if (feature.empty()) {
    selection.feature = FeatureOf(net, *selection.hash);
    last = MakerOf(net, selection.feature, *selection.hash);
    if (!last) {
      return InvalidArgument(net.layers[*selection.hash].where +
                             ": reads the picture itself; there is no feature");
    }
  } else {
    HL_ASSIGN(last, Find(net, feature));
    const LayerParameter& layer = net.layers[*last].param;
    selection.feature = Makes(layer, feature) ? feature : layer.top(0);
  }
  if (selection.hash) {
    const std::string& read = FeatureOf(net, *selection.hash);
    if (Origin(net, last) != Origin(net, MakerOf(net, read, *selection.hash))) {
      return InvalidArgument(net.layers[*selection.hash].where + ": makes codes of " +
                             Quoted(read) + ", not of " + Quoted(feature) +
                             "; the feature must be what it reads");
    }
  }
  HL_ASSIGN(selection.layers, Needed(net, selection.feature, *last));
  return selection;
}

Result<CaffeClassifierLayer> SelectCaffeClassifier(const CaffeNet& net,
                                                   const CaffeSelection& selection,
                                                   const std::string& name) {
  HL_ASSIGN(const size_t named, Find(net, name));
  CaffeClassifierLayer classifier;
  Place place = Origin(net, named);
  if (place) {
    const LayerParameter& layer = net.layers[*place].param;
    classifier.sigmoid = layer.type() == "Sigmoid";
    if ((layer.type() == "Softmax" || classifier.sigmoid) && layer.bottom_size() == 1)
      place = Origin(net, MakerOf(net, layer.bottom(0), *place));
  }
  if (!place || net.layers[*place].param.type() != "InnerProduct" ||
      net.layers[*place].param.bottom_size() != 1) {
    return InvalidArgument(net.layers[place.value_or(named)].where + ": " + Quoted(name) +
                           " is no classifier: that takes an InnerProduct, or a Softmax or Sigmoid "
                           "behind one");
  }
  classifier.layer = *place;
  const std::string& read = net.layers[*place].param.bottom(0);
  Place input = Origin(net, MakerOf(net, read, *place));
  if (input && input == Origin(net, selection.layers.back())) return classifier;
  if (input && selection.hash && net.layers[*input].param.type() == "Sigmoid" &&
      Origin(net, MakerOf(net, net.layers[*input].param.bottom(0), *input)) == selection.hash) {
    classifier.reads = CaffeClassifierReads::kActivations;
    return classifier;
  }
  if (input && input == selection.hash) {
    classifier.reads = CaffeClassifierReads::kLatent;
    return classifier;
  }
  return InvalidArgument(net.layers[*place].where + ": reads " + Quoted(read) +
                         ", but a classifier must read the feature, " + Quoted(selection.feature) +
                         (selection.hash ? ", or the code or its Sigmoid" : ""));
}

}  // namespace hashlens
