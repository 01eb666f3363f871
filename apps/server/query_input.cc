#include "apps/server/query_input.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/server/parameters.h"

namespace hashlens {
namespace {

using nlohmann::json;

constexpr uint64_t kMostBits = 512;
constexpr size_t kLongestWords = 4096;
constexpr size_t kLongestName = 200;

bool Has(const json& object, const char* name) {
  return object.contains(name) && !object[name].is_null();
}

Result<Region> ParseRegion(const json& value) {
  if (Status status = CheckMembers(value, {"x", "y", "width", "height"}); !status.ok())
    return InvalidArgument("region: " + status.message());
  Region region;
  for (const auto& [name, target] :
       {std::pair{"x", &region.x}, std::pair{"y", &region.y}, std::pair{"width", &region.width},
        std::pair{"height", &region.height}}) {
    if (!value.contains(name) || !value[name].is_number())
      return InvalidArgument(std::string("region: ") + name + " is not a number from 0 to 1");
    *target = value[name].get<double>();
  }
  return region;
}

Result<Cursor> ParseCursor(const json& value) {
  if (Status status = CheckMembers(value, {"hamming", "id", "codes"}); !status.ok())
    return InvalidArgument("after: " + status.message());
  if (!value.contains("hamming") || !value.contains("id"))
    return InvalidArgument("after: what \"next\" of the page before was");
  const Result<uint64_t> hamming = JsonNumber(value["hamming"], "after.hamming", 0, kMostBits);
  if (!hamming.ok()) return hamming.status();
  const Result<uint64_t> id = JsonNumber(value["id"], "after.id", 0, INT64_MAX);
  if (!id.ok()) return id.status();
  Cursor cursor{static_cast<uint32_t>(*hamming), *id, {}};
  if (Has(value, "codes")) {
    if (!value["codes"].is_string()) return InvalidArgument("after.codes: not a text");
    cursor.codes = value["codes"].get<std::string>();
  }
  return cursor;
}

Status ParseSubject(const json& object, const ServeOptions& limits, Query* query) {
  if (Has(object, "id") && Has(object, "text"))
    return InvalidArgument("id and text: a query has one of them");
  if (Has(object, "id")) {
    const Result<uint64_t> id = JsonNumber(object["id"], "id", 1, INT64_MAX);
    if (!id.ok()) return id.status();
    query->id = *id;
  }
  if (Has(object, "text")) {
    if (!object["text"].is_string()) return InvalidArgument("text: not a text");
    query->text = object["text"].get<std::string>();
    if (query->text->empty() || query->text->size() > kLongestWords)
      return InvalidArgument("text: 1 to 4096 bytes");
  }
  for (const auto& [name, target] :
       {std::pair{"like", &query->like}, std::pair{"unlike", &query->unlike}}) {
    if (!Has(object, name)) continue;
    Result<std::vector<uint64_t>> ids = JsonIds(object[name], name, limits.max_examples);
    if (!ids.ok()) return ids.status();
    *target = std::move(*ids);
  }
  if (Has(object, "region")) {
    const Result<Region> region = ParseRegion(object["region"]);
    if (!region.ok()) return region.status();
    query->region = *region;
  }
  return {};
}

Status ParseNumbers(const json& object, const ServeOptions& limits, SearchOptions* options) {
  if (Has(object, "k")) {
    const Result<uint64_t> k = JsonNumber(object["k"], "k", 1, limits.max_k);
    if (!k.ok()) return k.status();
    options->k = *k;
  }
  if (Has(object, "candidates")) {
    const Result<uint64_t> candidates =
        JsonNumber(object["candidates"], "candidates", 1, limits.max_candidates);
    if (!candidates.ok()) return candidates.status();
    options->candidates = *candidates;
  }
  options->most_candidates = std::min(options->most_candidates, limits.max_candidates);
  if (Has(object, "most_candidates")) {
    const Result<uint64_t> most =
        JsonNumber(object["most_candidates"], "most_candidates", 1, limits.max_candidates);
    if (!most.ok()) return most.status();
    options->most_candidates = *most;
  }
  if (Has(object, "radius")) {
    const Result<uint64_t> radius = JsonNumber(object["radius"], "radius", 0, kMostBits);
    if (!radius.ok()) return radius.status();
    options->radius = static_cast<int>(*radius);
  }
  if (Has(object, "rerank")) {
    if (!object["rerank"].is_boolean()) return InvalidArgument("rerank: neither true nor false");
    options->rerank = object["rerank"].get<bool>();
  }
  options->candidates = std::max(options->candidates, options->k);
  return {};
}

// What the part of an address after its ? says, as members of a body, and the filter.
struct AddressQuery {
  json members = json::object();
  Filter filter;
};

Result<AddressQuery> ParseAddressQuery(const httplib::Request& request) {
  if (Status status =
          CheckParameters(request, {"id", "text", "k", "candidates", "most_candidates", "radius",
                                    "rerank", "tag", "under", "added_since", "library"});
      !status.ok())
    return status;
  AddressQuery query;
  for (const char* name : {"id", "k", "candidates", "most_candidates", "radius"}) {
    if (!request.has_param(name)) continue;
    const Result<uint64_t> number = NumberParameter(request, name, 0, 0, INT64_MAX);
    if (!number.ok()) return number.status();
    query.members[name] = *number;
  }
  if (request.has_param("text")) query.members["text"] = request.get_param_value("text");
  if (request.has_param("rerank")) {
    const std::string value = request.get_param_value("rerank");
    if (value != "true" && value != "false")
      return InvalidArgument("rerank: neither true nor false");
    query.members["rerank"] = value == "true";
  }
  Result<Filter> filter = FilterParameters(request);
  if (!filter.ok()) return filter.status();
  query.filter = std::move(*filter);
  return query;
}

}  // namespace

Result<SearchInput> ParseSearch(const json& object, const ServeOptions& limits) {
  SearchInput input;
  if (Status status =
          CheckMembers(object, {"id", "text", "like", "unlike", "region", "k", "candidates",
                                "most_candidates", "radius", "rerank", "filter", "after"});
      !status.ok())
    return status;
  if (Status status = ParseSubject(object, limits, &input.query); !status.ok()) return status;
  if (Status status = ParseNumbers(object, limits, &input.options); !status.ok()) return status;
  if (Has(object, "filter")) {
    Result<Filter> filter = JsonFilter(object["filter"]);
    if (!filter.ok()) return InvalidArgument("filter: " + filter.status().message());
    input.options.filter = std::move(*filter);
  }
  if (Has(object, "after")) {
    Result<Cursor> cursor = ParseCursor(object["after"]);
    if (!cursor.ok()) return cursor.status();
    input.options.after = std::move(*cursor);
    input.options.rerank = false;
  }
  return input;
}

Result<SearchInput> SearchOfBody(const httplib::Request& request, const ServeOptions& limits) {
  Result<AddressQuery> address = ParseAddressQuery(request);
  if (!address.ok()) return address.status();
  std::string text = request.body;
  const bool parts = request.is_multipart_form_data();
  const bool picture = parts && request.has_file("image");
  if (parts) {
    for (const auto& [name, part] : request.files) {
      if (name != "query" && name != "image")
        return InvalidArgument(
            "the parts of a search are `image`, a picture, and `query`, in JSON");
    }
    if (request.files.count("image") > 1 || request.files.count("query") > 1)
      return InvalidArgument("a search takes one `image` and one `query`");
    text = request.has_file("query") ? request.get_file_value("query").content : "{}";
  }
  const Result<json> object = ParseJson(text);
  if (!object.ok()) {
    return InvalidArgument(
        parts ? "query: " + object.status().message()
              : object.status().message() +
                    "; a picture is sent as the part `image` of multipart/form-data");
  }
  if (!object->is_object()) return InvalidArgument("not a JSON object");
  address->members.update(*object);
  Result<SearchInput> input = ParseSearch(address->members, limits);
  if (!input.ok()) return input;
  if (!Has(*object, "filter")) input->options.filter = std::move(address->filter);
  Query& query = input->query;
  if (picture) {
    if (query.id != 0 || query.text)
      return InvalidArgument("an image, an id and a text: a query has one of them");
    httplib::MultipartFormData part = request.get_file_value("image");
    query.file = part.filename.empty() ? "picture" : part.filename.substr(0, kLongestName);
    query.bytes = std::move(part.content);
  } else if (query.id == 0 && !query.text && query.region) {
    return InvalidArgument("region: a part of which picture? give an image or an id");
  }
  return input;
}

Result<SearchInput> SearchOfAddress(const httplib::Request& request, const ServeOptions& limits) {
  Result<AddressQuery> address = ParseAddressQuery(request);
  if (!address.ok()) return address.status();
  Result<SearchInput> input = ParseSearch(address->members, limits);
  if (input.ok()) input->options.filter = std::move(address->filter);
  return input;
}

}  // namespace hashlens
