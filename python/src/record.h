// Read-only records for Python: each public struct as a class with properties, a repr and
// as_dict(), that can be pickled and copied.
#ifndef HASHLENS_PYTHON_SRC_RECORD_H_
#define HASHLENS_PYTHON_SRC_RECORD_H_

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
    class_.def(
        "__getstate__",
        [](const T& self) {
          nanobind::dict state;
          for (const Part& part : Parts()) state[part.name.c_str()] = part.get(self);
          return state;
        },
        nanobind::sig("def __getstate__(self) -> dict[str, object]"));
    class_.def(
        "__setstate__",
        [](T& self, const nanobind::dict& state) {
          T made;
          for (const Part& part : Parts()) part.set(&made, state[part.name.c_str()]);
          new (&self) T(std::move(made));
        },
        nanobind::sig("def __setstate__(self, state: dict[str, object]) -> None"));
  }
  ~Record() { class_.attr("_fields") = nanobind::tuple(names_); }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  template <typename Member>
  Record& Field(const char* name, Member T::*member, const char* about) {
    class_.def_ro(name, member, about);
    names_.append(name);
    return Kept(
        name, [member](const T& self) -> const Member& { return self.*member; },
        [member](T* self, Member value) { self->*member = std::move(value); });
  }
  // get: T -> value.
  template <typename Get>
  Record& Computed(const char* name, Get get, const char* about) {
    class_.def_prop_ro(name, get, nanobind::rv_policy::automatic, about);
    names_.append(name);
    return *this;
  }
  // What a pickle keeps behind a Computed value. get: const T& -> value; set: (T*, value).
  template <typename Get, typename Set>
  Record& Kept(const char* name, Get get, Set set) {
    using Value = std::decay_t<decltype(get(std::declval<const T&>()))>;
    Parts().push_back(
        {name, [get](const T& self) { return nanobind::cast(get(self)); },
         [set](T* self, nanobind::handle value) { set(self, nanobind::cast<Value>(value)); }});
    return *this;
  }

 private:
  struct Part {
    std::string name;
    std::function<nanobind::object(const T&)> get;
    std::function<void(T*, nanobind::handle)> set;
  };
  static std::vector<Part>& Parts() {
    static std::vector<Part> parts;
    return parts;
  }

  nanobind::class_<T> class_;
  nanobind::list names_;
};

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_RECORD_H_
