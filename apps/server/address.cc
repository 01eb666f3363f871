#include "apps/server/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace hashlens {
namespace {

constexpr int kLastPort = 65'535;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return lower;
}

// Without port and brackets; empty for what is no name with or without a port.
std::string_view NameOf(std::string_view host) {
  const bool six = host.starts_with('[');
  const size_t end = six ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == std::string_view::npos) return {};
  const std::string_view port = host.substr(six ? end + 1 : end);
  if (!port.empty() &&
      (port.front() != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos))
    return {};
  return six ? host.substr(1, end - 1) : host.substr(0, end);
}

bool IsLoopback(const std::string& name) {
  in_addr four{};
  if (::inet_pton(AF_INET, name.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (::inet_pton(AF_INET6, name.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return name == "localhost" || name == "localhost.";
}

}  // namespace

Result<Address> ParseAddress(const std::string& text) {
  const Status wrong = InvalidArgument("\"" + text +
                                       "\" is no address to listen on: 127.0.0.1:8080, "
                                       "[::1]:8080, 0.0.0.0:8080");
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong;
  Address address;
  std::string_view host = std::string_view(text).substr(0, colon);
  if (host.starts_with('[') != host.ends_with(']')) return wrong;
  if (host.starts_with('['))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return wrong;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (host.empty() || error != std::errc() || rest != end || address.port < 0 ||
      address.port > kLastPort)
    return wrong;
  address.host = host;
  address.loopback = IsLoopback(Lower(host));
  return address;
}

std::string UrlOf(const Address& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return "http://" + (six ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

bool IsOwnHost(std::string_view header, const std::vector<std::string>& names) {
  const std::string name = Lower(NameOf(header));
  if (name.empty()) return false;
  if (IsLoopback(name)) return true;
  return std::ranges::any_of(names,
                             [&](const std::string& own) { return Lower(NameOf(own)) == name; });
}

bool IsForeign(std::string_view origin, std::string_view host) {
  if (origin.empty()) return false;
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || Lower(origin.substr(scheme + 3)) != Lower(host);
}

}  // namespace hashlens
