#include "python/src/bindings.h"

NB_MODULE(_core, module) {
  using namespace hashlens::python;
  module.doc() = "hashlens in C++. Private: use the package hashlens, which wraps it.";
  BindRecords(module);
  BindSearch(module);
  BindLibrary(module);
  BindWriter(module);
  BindCodeIndex(module);
  BindModels(module);
  BindImports(module);
  BindEncoding(module);
  BindEvaluation(module);
}
