// Numbers, tags and filters out of addresses and bodies.
#ifndef HASHLENS_APPS_SERVER_PARAMETERS_H_
#define HASHLENS_APPS_SERVER_PARAMETERS_H_

#include <httplib.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/status.h"

namespace hashlens {

// A whole number from `least` to `most`; kInvalidArgument names what it is of.
Result<uint64_t> ParseNumber(std::string_view text, std::string_view name, uint64_t least,
                             uint64_t most);
// Of the address's query; `usual` when it is not given.
Result<uint64_t> NumberParameter(const httplib::Request& request, const std::string& name,
                                 uint64_t usual, uint64_t least, uint64_t most);
// tag=KEY=VALUE and under=PATH (repeatable), added_since=TIME.
Result<Filter> FilterParameters(const httplib::Request& request);
// kInvalidArgument for parameters that nothing here asks for.
Status CheckParameters(const httplib::Request& request, std::initializer_list<const char*> known);

// A whole number of a JSON object's member.
Result<uint64_t> JsonNumber(const nlohmann::json& value, std::string_view name, uint64_t least,
                            uint64_t most);
// [1, 2, ...]
Result<std::vector<uint64_t>> JsonIds(const nlohmann::json& value, std::string_view name,
                                      size_t most);
// {"key": ["value", ...]}; a single value may stand without brackets.
Result<std::vector<Tag>> JsonTags(const nlohmann::json& value);
Result<std::vector<std::string>> JsonTexts(const nlohmann::json& value, std::string_view name);
// {"tags":{...},"under":[...],"added_since":"7d"}
Result<Filter> JsonFilter(const nlohmann::json& value);
// An object with no other members than these.
Status CheckMembers(const nlohmann::json& value, std::initializer_list<std::string_view> known);
// Of a body.
Result<nlohmann::json> ParseJson(const std::string& text);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_PARAMETERS_H_
