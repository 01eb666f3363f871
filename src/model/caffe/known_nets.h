// Networks that many people have, for tests: the layers of Caffe's own descriptions, with weights
// that chance decides.
#ifndef HASHLENS_MODEL_CAFFE_KNOWN_NETS_H_
#define HASHLENS_MODEL_CAFFE_KNOWN_NETS_H_

#include "model/caffe/test_nets.h"

namespace hashlens {

// A network that ends with `feature`.
struct KnownNet {
  std::string name;
  TestNet net;
  std::string feature;
};

// LeCun et al. 1998, as Caffe's examples have it for MNIST: one channel, 28 pixels.
KnownNet KnownLeNet();
// Of Caffe's examples: Krizhevsky's networks for CIFAR-10, 32 pixels.
KnownNet KnownCifar10Quick();
KnownNet KnownCifar10Full();
// Krizhevsky et al. 2012: pooling after normalising (AlexNet) or before (CaffeNet). `part`: all
// channels are divided by it.
KnownNet KnownAlexNet(int size = 227, int part = 1);
KnownNet KnownCaffeNet(int size = 227, int part = 1);
// Szegedy et al. 2014.
KnownNet KnownGoogLeNet(int size = 224, int part = 1);
// Iandola et al. 2016, version 1.1.
KnownNet KnownSqueezeNet(int size = 227, int part = 1);
// He et al. 2015.
KnownNet KnownResNet18(int size = 224, int part = 1);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_KNOWN_NETS_H_
