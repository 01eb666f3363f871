#include "python/src/record.h"

namespace hashlens::python {

namespace nb = nanobind;

nb::dict FieldsOf(nb::handle object, nb::handle names) {
  nb::dict fields;
  for (const nb::handle name : names) fields[name] = object.attr(name);
  return fields;
}

nb::str ReprOf(nb::handle object, nb::handle names) {
  nb::list parts;
  for (const nb::handle name : names)
    parts.append(nb::str("{}={!r}").format(name, object.attr(name)));
  return nb::str("{}({})").format(object.type().attr("__name__"),
                                  nb::str(", ").attr("join")(parts));
}

}  // namespace hashlens::python
