// Read-only records for Python: each public struct as a class with properties, a repr and
// as_dict().
#ifndef HASHLENS_PYTHON_SRC_RECORD_H_
#define HASHLENS_PYTHON_SRC_RECORD_H_

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace hashlens::python {

// The names and values of the properties that `names` lists, in its order.
nanobind::dict FieldsOf(nanobind::handle object, nanobind::handle names);
nanobind::str ReprOf(nanobind::handle object, nanobind::handle names);

// Record<T>(module, "Name", "What it is.").Field("done", &T::done, "what, unit")...;
template <typename T>
class Record {
 public:
  Record(nanobind::module_& module, const char* name, const char* about)
      : class_(module, name, about) {
    class_.def("__repr__",
               [](nanobind::handle self) { return ReprOf(self, self.type().attr("_fields")); });
    class_.def(
        "as_dict",
        [](nanobind::handle self) { return FieldsOf(self, self.type().attr("_fields")); },
        nanobind::sig("def as_dict(self) -> dict[str, object]"), "Every property by its name.");
  }
  ~Record() { class_.attr("_fields") = nanobind::tuple(names_); }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  template <typename Member>
  Record& Field(const char* name, Member T::*member, const char* about) {
    class_.def_ro(name, member, about);
    names_.append(name);
    return *this;
  }
  // get: T -> value.
  template <typename Get>
  Record& Computed(const char* name, Get get, const char* about) {
    class_.def_prop_ro(name, get, nanobind::rv_policy::automatic, about);
    names_.append(name);
    return *this;
  }

 private:
  nanobind::class_<T> class_;
  nanobind::list names_;
};

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_RECORD_H_
