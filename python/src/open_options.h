// How libraries are opened, as arguments from Python.
#ifndef HASHLENS_PYTHON_SRC_OPEN_OPTIONS_H_
#define HASHLENS_PYTHON_SRC_OPEN_OPTIONS_H_

#include <nanobind/nanobind.h>

namespace hashlens::python {

// OpenOptions, DataOptions and CreateOptions as classes with a constructor by keywords.
void BindOpenOptions(nanobind::module_& module);

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_OPEN_OPTIONS_H_
