// The parts of the extension module hashlens._core. The package's Python files are its only caller.
#ifndef HASHLENS_PYTHON_SRC_BINDINGS_H_
#define HASHLENS_PYTHON_SRC_BINDINGS_H_

#include <nanobind/nanobind.h>

namespace hashlens::python {

void BindRecords(nanobind::module_& module);     // what functions answer
void BindSearch(nanobind::module_& module);      // Query, Filter, Cursor, Hit, SearchResult
void BindLibrary(nanobind::module_& module);     // Reader, and functions of a library's path
void BindWriter(nanobind::module_& module);      // functions that change a library
void BindCodeIndex(nanobind::module_& module);   // CodeIndex
void BindModels(nanobind::module_& module);      // models, formats, thumbnails
void BindImports(nanobind::module_& module);     // networks of others as models
void BindEncoding(nanobind::module_& module);    // encode
void BindEvaluation(nanobind::module_& module);  // evaluate and its report

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_BINDINGS_H_
